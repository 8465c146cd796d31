/* Pkcs12: what this Java sees in PKCS#12 files.
 *
 * Each line of stdin is a file and its password, with a tab between. Each line of stdout is the file, a
 * tab, and its entries in order of their aliases, or why it cannot be read:
 *
 *     key es01 EC chain CN=es01; trusted ca CN=my CA; anchors 1
 *
 * chain: the subjects, from the leaf on. anchors: how many certificates a trust store made of the file has. */
package stackseal;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.TreeSet;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public final class Pkcs12 {
	private static String subject(Certificate c) {
		return ((X509Certificate) c).getSubjectX500Principal().getName();
	}

	/* Whether what the key signs, the certificate verifies. */
	private static boolean fits(PrivateKey key, Certificate c) throws Exception {
		Signature s = Signature.getInstance(key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
		s.initSign(key);
		s.update(key.getEncoded());
		byte[] signature = s.sign();
		s.initVerify(c.getPublicKey()); /* a CA's certificate itself is not for signing data */
		s.update(key.getEncoded());
		return s.verify(signature);
	}

	private static String entry(KeyStore store, String alias, char[] password) throws Exception {
		if (store.isCertificateEntry(alias))
			return "trusted " + alias + " " + subject(store.getCertificate(alias));
		PrivateKey key = (PrivateKey) store.getKey(alias, password);
		StringBuilder text = new StringBuilder("key " + alias + " " + key.getAlgorithm() + " chain");
		for (Certificate c : store.getCertificateChain(alias))
			text.append(" ").append(subject(c));
		if (!fits(key, store.getCertificate(alias)))
			text.append(", of another key");
		return text.toString();
	}

	private static int anchors(KeyStore store) throws Exception {
		TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
		factory.init(store);
		return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
	}

	private static String read(String path, char[] password) {
		StringBuilder text = new StringBuilder();
		try (InputStream in = new FileInputStream(path)) {
			KeyStore store = KeyStore.getInstance("PKCS12");
			store.load(in, password);
			for (String alias : new TreeSet<>(Collections.list(store.aliases())))
				text.append(entry(store, alias, password)).append("; ");
			return text.append("anchors ").append(anchors(store)).toString();
		} catch (Exception e) {
			return "refused: " + e.toString().replaceAll("\\s+", " ");
		}
	}

	public static void main(String[] args) throws Exception {
		PrintStream out = new PrintStream(System.out, true, "UTF-8");
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			String[] fields = line.split("\t", 2);
			out.println(fields[0] + "\t" + read(fields[0], fields[1].toCharArray()));
		}
	}
}
