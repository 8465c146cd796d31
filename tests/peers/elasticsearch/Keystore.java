/* Keystore: Elasticsearch's own keystore class, driven from a command line, or line by line: without
 * arguments each line of stdin is one command, its words separated by tabs, and its output ends with a
 * line "done" or with "failed: WHY".
 *
 *     read DIR [PASSWORD]                     print "format N", then "NAME BASE64" for each entry
 *     start DIR [PASSWORD]                    what a node does with it when it starts, rewriting included
 *     create DIR PASSWORD NAME=TEXT...
 *     fill DIR PASSWORD COUNT BYTES           COUNT entries nI = "value I", and the file entry "file"
 *
 * It stands in the class's package because decrypt() and upgrade() are not public in every version. */
package org.elasticsearch.common.settings;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.TreeSet;

public final class Keystore {
	private static PrintStream out;

	private static KeyStoreWrapper open(String dir, String password) throws Exception {
		KeyStoreWrapper k = KeyStoreWrapper.load(Path.of(dir));
		if (k == null)
			throw new IllegalStateException("no keystore in " + dir);
		k.decrypt(password.toCharArray());
		return k;
	}

	private static void read(String dir, String password) throws Exception {
		KeyStoreWrapper k = open(dir, password);
		out.println("format " + k.getFormatVersion());
		for (String name : new TreeSet<>(k.getSettingNames()))
			out.println(name + " " + Base64.getEncoder().encodeToString(k.getFile(name).readAllBytes()));
	}

	private static void create(String dir, String password, String[] entries) throws Exception {
		KeyStoreWrapper k = KeyStoreWrapper.create();
		for (String entry : entries) {
			int at = entry.indexOf('=');
			k.setString(entry.substring(0, at), entry.substring(at + 1).toCharArray());
		}
		k.save(Path.of(dir), password.toCharArray());
	}

	private static void fill(String dir, String password, int count, int bytes) throws Exception {
		KeyStoreWrapper k = KeyStoreWrapper.create();
		byte[] file = new byte[bytes];
		for (int i = 0; i < bytes; i++)
			file[i] = (byte) (i * 7 + i / 256);
		for (int i = 0; i < count; i++)
			k.setString("n" + i, ("value " + i).toCharArray());
		if (bytes > 0)
			k.setFile("file", file);
		k.save(Path.of(dir), password.toCharArray());
	}

	private static void run(String[] words) throws Exception {
		String password = words.length > 2 ? words[2] : "";
		switch (words[0]) {
		case "read" -> read(words[1], password);
		case "start" -> KeyStoreWrapper.upgrade(open(words[1], password), Path.of(words[1]), password.toCharArray());
		case "create" -> create(words[1], password, Arrays.copyOfRange(words, 3, words.length));
		case "fill" -> fill(words[1], password, Integer.parseInt(words[3]), Integer.parseInt(words[4]));
		default -> throw new IllegalArgumentException(words[0]);
		}
	}

	public static void main(String[] args) throws Exception {
		out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
		if (args.length > 0) {
			run(args);
			out.flush();
			return;
		}
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			try {
				run(line.split("\t", -1));
				out.println("done");
			} catch (Exception e) {
				out.println("failed: " + e);
			}
			out.flush();
		}
	}
}
