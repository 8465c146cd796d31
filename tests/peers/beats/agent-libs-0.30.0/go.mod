module stackseal/tests/peers/beats

go 1.24.0

require (
	github.com/elastic/elastic-agent-libs v0.30.0
	github.com/elastic/go-ucfg v0.8.5
)

require (
	golang.org/x/sys v0.38.0 // indirect
	gopkg.in/yaml.v2 v2.4.0 // indirect
)
