// What the Beats 7 are made of: libbeat.
package main

import "github.com/elastic/beats/v7/libbeat/keystore"

var (
	asListing  = keystore.AsListingKeystore
	asWritable = keystore.AsWritableKeystore
	resolver   = keystore.ResolverWrap
)

func open(path, password string) (keystore.Keystore, error) {
	return keystore.NewFileKeystoreWithPassword(path, keystore.NewSecureString([]byte(password)))
}
