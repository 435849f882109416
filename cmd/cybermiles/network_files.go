package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cybermiles/cybermiles/network"
)

// runFiles are files with which containers or systemd run a new network's nodes.
type runFiles struct {
	compose, systemd bool
	image, binary    string
	written          []string
}

func (r *runFiles) register(f *pflag.FlagSet) {
	f.BoolVar(&r.compose, "compose", false, "write a compose.yaml that runs the nodes as containers on this machine")
	f.StringVar(&r.image, "image", "cybermiles", "with --compose: `name` of the container image, see deploy/Dockerfile")
	f.BoolVar(&r.systemd, "systemd", false, "write a unit for each node, with which systemd runs it")
	f.StringVar(&r.binary, "binary", "/usr/local/bin/cybermiles", "with --systemd: `path` of this program on the nodes' machines")
}

// prepare names the nodes' machines: containers know each other by their names.
func (r *runFiles) prepare(cmd *cobra.Command, options *network.CreateOptions) error {
	if r.systemd && !filepath.IsAbs(r.binary) {
		return misusef("--binary: systemd needs an absolute path, not %q", r.binary)
	}
	if !r.compose {
		return nil
	}
	if cmd.Flag("host").Changed {
		return misusef("--compose runs all nodes on this machine; leave --host away")
	}
	for i := range options.Validators {
		options.Hosts = append(options.Hosts, fmt.Sprintf("node%d", i))
	}
	return nil
}

// write writes the files beside the homes.
func (r *runFiles) write(layout *network.Layout) error {
	if r.compose {
		path, err := layout.WriteCompose(network.Container{Image: r.image, User: fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())})
		if err != nil {
			return err
		}
		r.written = append(r.written, path)
	}
	if r.systemd {
		paths, err := layout.WriteSystemd(r.binary)
		if err != nil {
			return err
		}
		r.written = append(r.written, paths...)
	}
	return nil
}

func (r *runFiles) print(w io.Writer, layout *network.Layout) {
	if r.compose {
		fmt.Fprintf(w, "Run the containers: docker compose -f %s up -d\n", filepath.Join(layout.Dir, network.ComposeFile))
	}
	if r.systemd {
		fmt.Fprintf(w, "Install the units:  install -m 0644 %s/*.service /etc/systemd/system/\n", filepath.Join(layout.Dir, network.SystemdDir))
	}
}
