/* Keystore: Elasticsearch's own keystore class, driven from a command line.
 *
 *     Keystore read DIR [PASSWORD]            print "format N", then "NAME BASE64" for each entry
 *     Keystore start DIR                      what a node does with it when it starts, rewriting included
 *     Keystore create DIR PASSWORD NAME=TEXT...
 *
 * It stands in the class's package because decrypt() and upgrade() are not public in every version. */
package org.elasticsearch.common.settings;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.TreeSet;

public final class Keystore {
	private static KeyStoreWrapper open(String dir, String password) throws Exception {
		KeyStoreWrapper k = KeyStoreWrapper.load(Path.of(dir));
		if (k == null)
			throw new IllegalStateException("no keystore in " + dir);
		k.decrypt(password.toCharArray());
		return k;
	}

	private static void read(String dir, String password) throws Exception {
		KeyStoreWrapper k = open(dir, password);
		System.out.println("format " + k.getFormatVersion());
		for (String name : new TreeSet<>(k.getSettingNames()))
			System.out.println(name + " " + Base64.getEncoder().encodeToString(k.getFile(name).readAllBytes()));
	}

	private static void create(String dir, String password, String[] entries) throws Exception {
		KeyStoreWrapper k = KeyStoreWrapper.create();
		for (String entry : entries) {
			int at = entry.indexOf('=');
			k.setString(entry.substring(0, at), entry.substring(at + 1).toCharArray());
		}
		k.save(Path.of(dir), password.toCharArray());
	}

	public static void main(String[] args) throws Exception {
		switch (args[0]) {
		case "read" -> read(args[1], args.length > 2 ? args[2] : "");
		case "start" -> KeyStoreWrapper.upgrade(open(args[1], ""), Path.of(args[1]), new char[0]);
		case "create" -> create(args[1], args[2], Arrays.copyOfRange(args, 3, args.length));
		default -> throw new IllegalArgumentException(args[0]);
		}
	}
}
