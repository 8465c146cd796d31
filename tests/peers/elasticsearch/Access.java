/* Access: what Elasticsearch's own classes say of hashes, privileges and roles.
 *
 * Each line of stdin is one question, its fields separated by tabs:
 *
 *     hash TAB base64 of a password TAB its hash as in the users file
 *     cluster TAB privilege          index TAB privilege
 *     json TAB role as JSON          yaml TAB role as YAML: {name: {cluster: ...}} on one line
 *
 * Each line of stdout is "ok", "no", or why not. The classes moved between releases, so what differs is
 * looked up by name. */
package stackseal;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.Set;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.settings.SecureString;
import org.elasticsearch.xpack.core.security.authc.support.Hasher;
import org.elasticsearch.xpack.core.security.authz.RoleDescriptor;
import org.elasticsearch.xpack.core.security.authz.privilege.ClusterPrivilegeResolver;
import org.elasticsearch.xpack.core.security.authz.privilege.IndexPrivilege;

public final class Access {
	private static Object call(Method m, Object on, Object... with) throws Exception {
		try {
			return m.invoke(on, with);
		} catch (InvocationTargetException e) {
			throw (Exception) e.getCause();
		}
	}

	private static Method find(Class<?> in, String name, Class<?>... with) {
		try {
			return in.getMethod(name, with);
		} catch (NoSuchMethodException e) {
			return null;
		}
	}

	private static Class<?> contentType() throws ClassNotFoundException {
		try {
			return Class.forName("org.elasticsearch.xcontent.XContentType"); // since 7.16
		} catch (ClassNotFoundException e) {
			return Class.forName("org.elasticsearch.common.xcontent.XContentType");
		}
	}

	private static void role(String text, String kind) throws Exception {
		Class<?> types = contentType();
		Object type = types.getMethod("valueOf", String.class).invoke(null, kind);
		BytesReference bytes = new BytesArray(text.getBytes(StandardCharsets.UTF_8));
		Method parse = find(RoleDescriptor.class, "parse", String.class, BytesReference.class, boolean.class, types);
		if (parse != null) {
			call(parse, null, "one", bytes, false, type);
			return;
		}
		Object builder = call(find(RoleDescriptor.class, "parserBuilder"), null); // since 8.15
		Object parser = call(find(builder.getClass(), "build"), builder);
		call(find(parser.getClass(), "parse", String.class, BytesReference.class, types), parser, "one", bytes, type);
	}

	private static void index(String name) throws Exception {
		Method get = find(IndexPrivilege.class, "get", Set.class);
		if (get != null)
			call(get, null, Collections.singleton(name));
		else if ((get = find(IndexPrivilege.class, "get", String.class)) != null)
			call(get, null, name);
		else
			call(find(IndexPrivilege.class, "resolveBySelectorAccess", Set.class), null, Collections.singleton(name));
	}

	private static String answer(String[] words) throws Exception {
		switch (words[0]) {
		case "hash":
			char[] password = new String(Base64.getDecoder().decode(words[1]), StandardCharsets.UTF_8).toCharArray();
			boolean stored = Hasher.resolveFromHash(words[2].toCharArray()) != Hasher.NOOP;
			return stored && Hasher.verifyHash(new SecureString(password), words[2].toCharArray()) ? "ok" : "no";
		case "cluster":
			ClusterPrivilegeResolver.resolve(words[1]);
			return "ok";
		case "index":
			index(words[1]);
			return "ok";
		case "json":
			role(words[1], "JSON");
			return "ok";
		case "yaml":
			role(words[1], "YAML");
			return "ok";
		default:
			throw new IllegalArgumentException(words[0]);
		}
	}

	/* Later releases make no logger before somebody has said how. */
	private static void setUpLogging() {
		try {
			Class.forName("org.elasticsearch.common.logging.LogConfigurator").getMethod("configureESLogging").invoke(null);
		} catch (ReflectiveOperationException | LinkageError e) {
			return; // 7.x, which needs none
		}
	}

	public static void main(String[] args) throws Exception {
		setUpLogging();
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		PrintStream out = new PrintStream(System.out, true, "UTF-8");
		for (String line; (line = in.readLine()) != null;) {
			try {
				out.println(answer(line.split("\t")));
			} catch (Exception | LinkageError e) {
				out.println(e.toString().split("\n")[0]);
			}
		}
	}
}
