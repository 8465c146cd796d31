#include "certgen/http_texts.h"

/* Settings by Elastic's reference of "Security settings in Elasticsearch" (7.12 to 9.x) and of
 * Kibana. */

void http_text_elasticsearch_readme(const struct http_texts *t, struct str *out)
{
	str_add(out, "Elasticsearch, TLS on its HTTP port\n\n");
	if (t->csr)
		str_addf(out,
			 "%s.csr  a signing request: send it to your certificate authority\n"
			 "%s.key  its private key: send it to nobody\n\n"
			 "What comes back is the certificate; save it here as %s.crt.\n",
			 t->file, t->file, t->file);
	else if (t->pem)
		str_addf(out, "%s.crt  the certificate\n%s.key  its private key\n", t->file,
			 t->file);
	else
		str_addf(out,
			 "%s.p12  the certificate, its private key, and the CA that signed it\n",
			 t->file);
	str_add(
	    out,
	    "\nCopy them into the configuration folder of each node, readable by the user that\n"
	    "runs Elasticsearch and by nobody else (mode 600), and add the lines of\n"
	    "sample-elasticsearch.yml to its elasticsearch.yml. Then restart the nodes.\n");
	if (!t->locked)
		str_add(out,
			"\nThe key is not locked with a passphrase: whoever can read the file can\n"
			"answer in the name of your cluster.\n");
}

static void add_secure_setting(const struct http_texts *t, struct str *out)
{
	const char *setting = t->pem || t->csr ? "xpack.security.http.ssl.secure_key_passphrase"
					       : "xpack.security.http.ssl.keystore.secure_password";

	if (t->locked)
		str_addf(out,
			 "#\n# Its passphrase goes into the keystore of the node:\n"
			 "#   bin/elasticsearch-keystore add %s\n",
			 setting);
}

void http_text_elasticsearch_sample(const struct http_texts *t, struct str *out)
{
	str_add(out,
		"# Add these lines to elasticsearch.yml. The path counts from the folder that\n"
		"# elasticsearch.yml lies in.\n");
	add_secure_setting(t, out);
	str_add(out, "\nxpack.security.http.ssl.enabled: true\n");
	if (!t->pem && !t->csr) {
		str_addf(out, "xpack.security.http.ssl.keystore.path: \"%s.p12\"\n", t->file);
		return;
	}
	str_addf(out,
		 "xpack.security.http.ssl.certificate: \"%s.crt\"\n"
		 "xpack.security.http.ssl.key: \"%s.key\"\n"
		 "# xpack.security.http.ssl.certificate_authorities: [ \"ca.crt\" ]\n",
		 t->file, t->file);
}

void http_text_kibana_readme(const struct http_texts *t, struct str *out)
{
	str_add(out, "Kibana, to reach Elasticsearch over TLS\n\n");
	if (t->csr)
		str_add(out, "Save the certificate of the CA that signs your requests here, as\n"
			     "elasticsearch-ca.pem.\n");
	else
		str_add(out,
			"elasticsearch-ca.pem  the CA that signed Elasticsearch's certificate\n");
	str_add(
	    out,
	    "\nCopy it into Kibana's configuration folder, add the lines of sample-kibana.yml to\n"
	    "its kibana.yml, and see to it that elasticsearch.hosts there begins with https.\n");
}

void http_text_kibana_sample(const struct http_texts *t, struct str *out)
{
	str_addf(out,
		 "# Add these lines to kibana.yml. The path counts from Kibana's folder.\n\n"
		 "elasticsearch.ssl.certificateAuthorities: [ \"config/elasticsearch-ca.pem\" ]\n\n"
		 "# Each of these must begin with https, and be a name in the certificate:\n"
		 "# elasticsearch.hosts: [ \"https://%s:9200\" ]\n",
		 t->host);
}

void http_text_ca_readme(const struct http_texts *t, struct str *out)
{
	str_addf(out,
		 "The certificate authority that signed the certificates beside it\n\n"
		 "%s  its certificate and its private key\n\n"
		 "Keep it in a safe place, not on a node: it can sign a certificate in any name "
		 "that your\n"
		 "clients will trust. With it, certgen makes certificates for more nodes:\n\n"
		 "  certgen http --ca %s --dns NAME --out MORE.zip\n",
		 t->pem ? "ca.crt, ca.key" : "ca.p12", t->pem ? "." : "ca.p12");
}
