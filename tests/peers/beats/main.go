// A Beat's keystore, as the Beats' own code reads and writes it; build.sh adds which code that is.
//
// stdin is a JSON list of orders, stdout a JSON list of what became of each.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/elastic/go-ucfg"
)

type order struct {
	Do       string            `json:"do"` // read, write (a new file), resolve
	Path     string            `json:"path"`
	Password string            `json:"password"`
	Entries  map[string][]byte `json:"entries"` // to write
	Name     string            `json:"name"`    // to resolve
}

type result struct {
	Error   string            `json:"error"`
	Entries map[string][]byte `json:"entries"`
	Value   string            `json:"value"`
}

func readAll(o order) (map[string][]byte, error) {
	store, err := open(o.Path, o.Password)
	if err != nil {
		return nil, err
	}
	listing, err := asListing(store)
	if err != nil {
		return nil, err
	}
	names, err := listing.List()
	if err != nil {
		return nil, err
	}
	entries := map[string][]byte{}
	for _, name := range names {
		secret, err := store.Retrieve(name)
		if err != nil {
			return nil, err
		}
		if entries[name], err = secret.Get(); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func writeAll(o order) error {
	store, err := open(o.Path, o.Password)
	if err != nil {
		return err
	}
	writable, err := asWritable(store)
	if err != nil {
		return err
	}
	if err := writable.Create(true); err != nil {
		return err
	}
	for name, value := range o.Entries {
		if err := writable.Store(name, value); err != nil {
			return err
		}
	}
	return writable.Save()
}

// resolve is what a setting that is a text, as a password is, becomes by "${NAME}".
func resolve(o order) (string, error) {
	store, err := open(o.Path, o.Password)
	if err != nil {
		return "", err
	}
	options := []ucfg.Option{ucfg.PathSep("."), ucfg.VarExp, ucfg.Resolve(resolver(store))}
	config, err := ucfg.NewFrom(map[string]any{"value": "${" + o.Name + "}"}, options...)
	if err != nil {
		return "", err
	}
	var unpacked struct {
		Value string `config:"value"`
	}
	err = config.Unpack(&unpacked, options...)
	return unpacked.Value, err
}

func run(o order) (r result) {
	var err error
	switch o.Do {
	case "read":
		r.Entries, err = readAll(o)
	case "write":
		err = writeAll(o)
	case "resolve":
		r.Value, err = resolve(o)
	default:
		err = fmt.Errorf("unknown order %q", o.Do)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

func main() {
	var orders []order
	if err := json.NewDecoder(os.Stdin).Decode(&orders); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results := []result{}
	for _, o := range orders {
		results = append(results, run(o))
	}
	json.NewEncoder(os.Stdout).Encode(results)
}
