package geth

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Version is the geth release to compare with.
const Version = "v1.16.8"

// Build compiles geth from the Go module proxy into dir, once: a binary that is there already is used as it
// is. It needs the go command and a C compiler, and takes some minutes on two cores.
func Build(ctx context.Context, dir string, progress io.Writer) (binary string, err error) {
	dir, err = filepath.Abs(filepath.Join(dir, "geth-"+Version))
	if err != nil {
		return "", fmt.Errorf("geth directory: %w", err)
	}
	binary = filepath.Join(dir, "geth")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	work, err := os.MkdirTemp("", "geth-build")
	if err != nil {
		return "", fmt.Errorf("build geth: %w", err)
	}
	defer os.RemoveAll(work)
	fmt.Fprintf(progress, "building geth %s (once, some minutes)\n", Version)
	// Outside any module: the replacements and versions of the module around us must not touch the comparison.
	build := exec.CommandContext(ctx, "go", "install", "github.com/ethereum/go-ethereum/cmd/geth@"+Version)
	build.Dir = work
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOWORK=off", "GOFLAGS=")
	build.Stdout, build.Stderr = progress, progress
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build geth %s with the go command: %w", Version, err)
	}
	return binary, nil
}
