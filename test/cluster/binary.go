package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// BinaryVariable names an environment variable with the path of a program that
// is tested instead of one built from this source.
const BinaryVariable = "CYBERMILES_BIN"

var built struct {
	sync.Mutex
	dir   string
	paths map[string]string
}

// Binary is the path of the program under test, built once in a test run.
func Binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(BinaryVariable); path != "" {
		return path
	}
	return Build(t)
}

// Build builds the program with the given flags of `go build`, once in a test
// run, and returns its path.
func Build(t testing.TB, flags ...string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	key := fmt.Sprint(flags)
	if path := built.paths[key]; path != "" {
		return path
	}
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "cybermiles-cluster-")
		if err != nil {
			t.Fatal(err)
		}
		built.dir, built.paths = dir, make(map[string]string)
	}
	path := filepath.Join(built.dir, fmt.Sprintf("cybermiles-%d", len(built.paths)))
	args := append(append([]string{"build", "-o", path}, flags...), "github.com/cybermiles/cybermiles/cmd/cybermiles")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, out)
	}
	built.paths[key] = path
	return path
}

// Main runs a package's tests and removes what Build made for them.
func Main(m *testing.M) int {
	defer func() {
		if built.dir != "" {
			os.RemoveAll(built.dir)
		}
	}()
	return m.Run()
}
