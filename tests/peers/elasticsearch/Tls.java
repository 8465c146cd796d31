/* Tls: a handshake between two nodes that Elasticsearch's own TLS classes have set up.
 *
 * Each line of stdin is one case, its fields separated by tabs: a label, the host that the client dials,
 * and settings as in elasticsearch.yml or its keystore, of the server or of the client:
 *
 *     plain TAB es01 TAB server:xpack.security.transport.ssl.key=es01.key TAB client:...
 *
 * Each line of stdout is the label, a tab, and "ok" or who refused and why. Relative paths count from the
 * current folder, as from a node's config folder. */
package stackseal;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLParameters;
import org.elasticsearch.common.ssl.SslClientAuthenticationMode;
import org.elasticsearch.common.ssl.SslConfiguration;
import org.elasticsearch.common.ssl.SslConfigurationLoader;
import org.elasticsearch.common.ssl.SslVerificationMode;

public final class Tls {
	private static final String PREFIX = "xpack.security.transport.ssl.";
	private static final int ROUNDS = 40;

	/* A node's settings. A setting that the classes did not ask for would be one that a node refuses. */
	private static final class Loader extends SslConfigurationLoader {
		private final Map<String, String> settings;
		private final Set<String> unread;

		Loader(Map<String, String> settings) {
			super(PREFIX);
			this.settings = settings;
			unread = new HashSet<>(settings.keySet());
			setDefaultClientAuth(SslClientAuthenticationMode.REQUIRED);
		}

		/* Asked for since 8.0. */
		protected boolean hasSettings(String prefix) {
			return settings.keySet().stream().anyMatch(key -> key.startsWith(prefix));
		}

		@Override
		protected String getSettingAsString(String key) {
			unread.remove(key);
			return key.contains("secure_") ? null : settings.get(key);
		}

		@Override
		protected char[] getSecureSetting(String key) {
			unread.remove(key);
			String value = settings.get(key);
			return value == null ? null : value.toCharArray();
		}

		@Override
		protected List<String> getSettingAsList(String key) {
			String value = getSettingAsString(key);
			return value == null ? null : Arrays.asList(value.split(","));
		}

		SslConfiguration load() {
			SslConfiguration found = load(Paths.get("").toAbsolutePath());
			if (!unread.isEmpty())
				throw new IllegalArgumentException("settings that nobody reads: " + unread);
			return found;
		}
	}

	private static final class Refusal extends Exception {
		private static final long serialVersionUID = 1;

		Refusal(String who, Throwable why) {
			super(who + ": " + reasons(why));
		}

		private static String reasons(Throwable why) {
			String text = why.getMessage() == null ? why.toString() : why.getMessage();
			Throwable cause = why.getCause();
			boolean said = cause == null || cause == why || text.equals(cause.getMessage());
			return (said ? text : text + ": " + reasons(cause)).replaceAll("\\s+", " ");
		}
	}

	/* 7 has getVerificationMode(), 8 a record with verificationMode(). */
	private static <T> T property(SslConfiguration c, Class<T> type, String name) throws Exception {
		for (String method : new String[] {name, "get" + name.substring(0, 1).toUpperCase() + name.substring(1)})
			try {
				return type.cast(SslConfiguration.class.getMethod(method).invoke(c));
			} catch (NoSuchMethodException e) {
				/* the other name */
			}
		throw new NoSuchMethodException(name);
	}

	private static String[] protocols(SslConfiguration c) throws Exception {
		List<?> found = property(c, List.class, "supportedProtocols");
		return found.toArray(new String[0]);
	}

	private static String[] suites(SslConfiguration c, SSLEngine engine) {
		Set<String> known = new HashSet<>(Arrays.asList(engine.getSupportedCipherSuites()));
		return c.getCipherSuites().stream().filter(known::contains).toArray(String[]::new);
	}

	private static final class Node {
		final SslConfiguration configuration;
		final SSLContext context;

		Node(Map<String, String> settings) {
			configuration = new Loader(settings).load();
			context = configuration.createSslContext();
		}
	}

	/* What was loaded once serves again, as in a node: most of the time goes into that. */
	private static final Map<Map<String, String>, Node> nodes = new HashMap<>();
	/* A client would resume a session with a host and port that it knows, and check nothing. */
	private static int port = 9300;

	/* As the security plugin makes the engines of the transport layer from such a configuration. */
	private static SSLEngine engine(Map<String, String> settings, String dialled) throws Exception {
		Node node = nodes.computeIfAbsent(settings, Node::new);
		SslConfiguration c = node.configuration;
		boolean client = dialled != null;
		SSLEngine engine = node.context.createSSLEngine(dialled, client ? port++ : -1);
		SSLParameters p = new SSLParameters(suites(c, engine), protocols(c));
		boolean full = property(c, SslVerificationMode.class, "verificationMode").isHostnameVerificationEnabled();
		SslClientAuthenticationMode asks = property(c, SslClientAuthenticationMode.class, "clientAuth");

		if (client && full)
			p.setEndpointIdentificationAlgorithm("HTTPS");
		if (!client && asks != SslClientAuthenticationMode.NONE)
			p.setNeedClientAuth(asks == SslClientAuthenticationMode.REQUIRED);
		engine.setUseClientMode(client);
		engine.setSSLParameters(p);
		return engine;
	}

	private static SSLEngine engine(String who, Map<String, String> settings, String dialled) throws Refusal {
		try {
			return engine(settings, dialled);
		} catch (Exception e) {
			throw new Refusal(who + " settings", e);
		}
	}

	private static final class Side {
		final String who;
		final SSLEngine engine;
		final ByteBuffer outgoing;
		ByteBuffer received;
		boolean spoke;

		Side(String who, SSLEngine engine) {
			this.who = who;
			this.engine = engine;
			outgoing = ByteBuffer.allocate(1 << 18);
			received = ByteBuffer.allocate(0);
		}

		/* Take what came and write what there is to say, one byte of data included. */
		boolean turn(Side other) throws Refusal {
			ByteBuffer in = other.outgoing;
			boolean moved = false;

			in.flip();
			try {
				while (step(in))
					moved = true;
			} catch (Exception e) {
				throw new Refusal(who, e);
			} finally {
				in.compact();
			}
			return moved;
		}

		private boolean step(ByteBuffer in) throws Exception {
			HandshakeStatus now = engine.getHandshakeStatus();

			if (now == HandshakeStatus.NEED_TASK) {
				for (Runnable r = engine.getDelegatedTask(); r != null; r = engine.getDelegatedTask())
					r.run();
				return true;
			}
			if (now == HandshakeStatus.NEED_WRAP) {
				engine.wrap(ByteBuffer.allocate(0), outgoing);
				return true;
			}
			if (now == HandshakeStatus.NOT_HANDSHAKING && !spoke) {
				engine.wrap(ByteBuffer.wrap(new byte[] {'!'}), outgoing);
				spoke = true;
				return true;
			}
			int before = in.remaining();
			ByteBuffer data = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
			engine.unwrap(in, data);
			if (data.position() > 0)
				received = data;
			return in.remaining() < before || engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
		}
	}

	private static void handshake(SSLEngine server, SSLEngine client) throws Exception {
		Side s = new Side("server", server), c = new Side("client", client);
		client.beginHandshake();
		server.beginHandshake();
		for (int i = 0; i < ROUNDS && (s.received.position() == 0 || c.received.position() == 0); i++) {
			boolean moved = c.turn(s);
			moved |= s.turn(c);
			if (!moved)
				break;
		}
		if (s.received.position() == 0 || c.received.position() == 0)
			throw new Refusal("both", new IllegalStateException("the handshake did not end"));
	}

	private static String run(String[] fields) {
		Map<String, Map<String, String>> settings = new HashMap<>();
		settings.put("server", new HashMap<>());
		settings.put("client", new HashMap<>());
		for (String field : Arrays.asList(fields).subList(2, fields.length)) {
			int colon = field.indexOf(':'), equals = field.indexOf('=');
			settings.get(field.substring(0, colon)).put(field.substring(colon + 1, equals), field.substring(equals + 1));
		}
		try {
			SSLEngine server = engine("server", settings.get("server"), null);
			SSLEngine client = engine("client", settings.get("client"), fields[1]);
			handshake(server, client);
			return "ok";
		} catch (Refusal e) {
			return e.getMessage();
		} catch (Exception e) {
			return "a mistake of this program: " + e;
		}
	}

	public static void main(String[] args) throws Exception {
		PrintStream out = new PrintStream(System.out, true, "UTF-8");
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			String[] fields = line.split("\t");
			out.println(fields[0] + "\t" + run(fields));
		}
	}
}
