package network

import (
	"bytes"
	"embed"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

// Names of the files that run a created network's nodes.
const (
	ComposeFile = "compose.yaml"
	SystemdDir  = "systemd"
)

//go:embed templates/*.tmpl
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "templates/*.tmpl"))

// Container says how containers of a network's nodes run.
type Container struct {
	Image string
	User  string // uid:gid that owns the homes
}

// WriteCompose writes a compose.yaml that runs each node as a container named after it, and returns its path. Ports of
// this machine follow the nodes' order.
func (l *Layout) WriteCompose(c Container) (string, error) {
	type service struct {
		Name                        string
		EthPort, P2PPort, P2PInside int
	}
	content := struct {
		Container
		ChainName, File string
		Nodes           []service
	}{Container: c, ChainName: l.ChainName, File: ComposeFile}
	for i, node := range l.Nodes {
		inside, err := portOf(node.P2PListen)
		if err != nil {
			return "", err
		}
		eth, err := portOf(node.EthRPCListen)
		if err != nil {
			return "", err
		}
		content.Nodes = append(content.Nodes, service{node.Name, eth + i*portStep, inside + i*portStep, inside})
	}
	path := filepath.Join(l.Dir, ComposeFile)
	return path, writeTemplate(path, "compose.yaml.tmpl", content)
}

// WriteSystemd writes a unit for each node and returns their paths. Homes are where they are now.
func (l *Layout) WriteSystemd(binary string) (paths []string, err error) {
	dir := filepath.Join(l.Dir, SystemdDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for i, node := range l.Nodes {
		home, err := filepath.Abs(string(l.Home(i)))
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(home+binary, " \t\"'\\%$") {
			return nil, fmt.Errorf("%s, %s: systemd reads some of these characters otherwise; choose a path of letters and digits", home, binary)
		}
		path := filepath.Join(dir, fmt.Sprintf("cybermiles-%s.service", node.Name))
		unit := struct{ Name, ChainName, Home, Binary string }{node.Name, l.ChainName, home, binary}
		if err := writeTemplate(path, "node.service.tmpl", unit); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp://"))
	if err != nil {
		return 0, fmt.Errorf("%w: %q: %w", ErrLayout, address, err)
	}
	return strconv.Atoi(port)
}

func writeTemplate(path, name string, content any) error {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, content); err != nil {
		return err
	}
	return writeWhole(path, out.Bytes(), 0o644)
}
