// What the Beats 8 and 9 are made of: elastic-agent-libs, as strict about a file's owner and mode as they.
package main

import "github.com/elastic/elastic-agent-libs/keystore"

var (
	asListing  = keystore.AsListingKeystore
	asWritable = keystore.AsWritableKeystore
	resolver   = keystore.ResolverWrap
)

func open(path, password string) (keystore.Keystore, error) {
	return keystore.NewFileKeystoreWithPasswordAndStrictPerms(path, keystore.NewSecureString([]byte(password)), true)
}
