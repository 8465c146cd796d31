/* Launch: start one secured OpenSearch node, as bin/opensearch of the real distribution does.
 *
 *     java ... Launch HOME CONF [-Ekey=value]...
 *
 * The distribution's own launcher loads plugins through a class loader that Maven Central does not
 * have, so the security plugin is handed to the node as a class from the class path. Left out with
 * that launcher: the refusal to run as root, the bootstrap checks, the Java security manager.
 *
 * The process ends by SIGTERM (the node is closed first; status 143, as the real one) or, when the
 * node cannot start, with status 1 and the reason on stderr. */
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.security.OpenSearchSecurityPlugin;

public final class Launch extends Node {
	private static final int CLOSE_SECONDS = 10;

	private Launch(Environment env) {
		super(env, List.of(OpenSearchSecurityPlugin.class), true);
	}

	private static Map<String, String> settings(String[] args) {
		Map<String, String> out = new HashMap<>();
		out.put("path.home", args[0]);
		for (int i = 2; i < args.length; i++) {
			int eq = args[i].indexOf('=');
			if (!args[i].startsWith("-E") || eq < 3)
				throw new IllegalArgumentException("unknown argument '" + args[i] + "'");
			out.put(args[i].substring(2, eq), args[i].substring(eq + 1));
		}
		return out;
	}

	private void closeOnExit() {
		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			try {
				close();
				awaitClose(CLOSE_SECONDS, TimeUnit.SECONDS);
			} catch (Exception e) {
				e.printStackTrace();
			} finally {
				LogManager.shutdown();
			}
		}, "close"));
	}

	public static void main(String[] args) {
		if (args.length < 2) {
			System.err.println("usage: Launch HOME CONF [-Ekey=value]...");
			System.exit(64);
		}
		try {
			LogConfigurator.registerErrorListener();
			Environment env = InternalSettingsPreparer.prepareEnvironment(Settings.EMPTY,
				settings(args), Path.of(args[1]), () -> System.getenv("HOSTNAME"));
			LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(env.settings()));
			LogConfigurator.configure(env);
			Launch node = new Launch(env);
			node.closeOnExit();
			node.start();
			Thread.currentThread().join();
		} catch (Throwable t) {
			/* the node's own threads would keep the process alive */
			t.printStackTrace();
			System.exit(1);
		}
	}
}
