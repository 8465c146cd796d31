// The certificates of certgen, as Go's crypto/x509 and crypto/tls see them.
//
// stdin is a JSON list of cases, stdout a JSON object: the label of each case, and "ok" or why not. A case
// with a cert verifies it, for dns or ip and the usages; one with a server is a handshake.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
)

type pair struct {
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

type testCase struct {
	Label         string   `json:"label"`
	Roots         string   `json:"roots"` // what both sides trust
	Intermediates string   `json:"intermediates"`
	Cert          string   `json:"cert"`
	Name          string   `json:"name"` // a host name or an address
	Usages        []string `json:"usages"`
	Server        *pair    `json:"server"`
	Client        *pair    `json:"client"` // without: the client has no certificate
}

var usages = map[string]x509.ExtKeyUsage{
	"server": x509.ExtKeyUsageServerAuth,
	"client": x509.ExtKeyUsageClientAuth,
	"any":    x509.ExtKeyUsageAny,
}

func loadPool(path string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if path == "" {
		return pool, nil
	}
	text, err := os.ReadFile(path)
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = fmt.Errorf("no certificate in %s", path)
	}
	return pool, err
}

func loadFirst(path string) (*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("no PEM in %s", path)
	}
	return x509.ParseCertificate(block.Bytes)
}

// verifyForEach checks one usage at a time: Go is content when any of several fits.
func verifyForEach(c testCase) error {
	cert, err := loadFirst(c.Cert)
	if err != nil {
		return err
	}
	roots, err := loadPool(c.Roots)
	if err != nil {
		return err
	}
	intermediates, err := loadPool(c.Intermediates)
	if err != nil {
		return err
	}
	for _, usage := range c.Usages {
		_, err = cert.Verify(x509.VerifyOptions{
			DNSName: c.Name, Roots: roots, Intermediates: intermediates,
			KeyUsages: []x509.ExtKeyUsage{usages[usage]},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", usage, err)
		}
	}
	return nil
}

func configs(c testCase) (server, client *tls.Config, err error) {
	roots, err := loadPool(c.Roots)
	if err != nil {
		return nil, nil, err
	}
	own, err := tls.LoadX509KeyPair(c.Server.Cert, c.Server.Key)
	if err != nil {
		return nil, nil, err
	}
	server = &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: roots,
		ClientAuth: tls.RequireAndVerifyClientCert}
	client = &tls.Config{RootCAs: roots, ServerName: c.Name}
	if c.Client != nil {
		own, err = tls.LoadX509KeyPair(c.Client.Cert, c.Client.Key)
		client.Certificates = []tls.Certificate{own}
	}
	return server, client, err
}

// ends are the two ends of a connection that has room for what nobody reads, unlike net.Pipe: a side that
// refuses says so and leaves.
func ends() (server, client net.Conn, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	client, err = net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	server, err = listener.Accept()
	return server, client, err
}

// shake runs a handshake, and a byte for the client afterwards: with TLS 1.3 it is only then that the
// client knows whether the server took its certificate.
func shake(c testCase) error {
	serverConfig, clientConfig, err := configs(c)
	if err != nil {
		return err
	}
	serverEnd, clientEnd, err := ends()
	if err != nil {
		return err
	}
	answered := make(chan error, 1)
	go func() {
		conn := tls.Server(serverEnd, serverConfig)
		_, err := conn.Write([]byte("!"))
		conn.Close()
		answered <- err
	}()
	_, clientErr := tls.Client(clientEnd, clientConfig).Read(make([]byte, 1))
	clientEnd.Close()
	if serverErr := <-answered; serverErr != nil {
		return fmt.Errorf("server: %v; client: %v", serverErr, clientErr)
	}
	return clientErr
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results := map[string]string{}
	for _, c := range cases {
		run := verifyForEach
		if c.Server != nil {
			run = shake
		}
		results[c.Label] = "ok"
		if err := run(c); err != nil {
			results[c.Label] = err.Error()
		}
	}
	json.NewEncoder(os.Stdout).Encode(results)
}
