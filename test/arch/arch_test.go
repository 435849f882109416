// Package arch holds the architecture as tests: who may import whom, that every
// package says what it is, how large a file may grow, and that nothing which
// runs inside a block depends on the machine it runs on.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/cybermiles/cybermiles/"

// maxLines is the most a file may have; style asks for fewer than 400.
const maxLines = 500

// arrows lists what each part may import of ours, by the first element of its
// path. Parts below a prefix share its entry.
var arrows = map[string][]string{
	"cmd":        {"node", "network", "client", "bench", "middleware"},
	"node":       {"chain", "consensus", "contract", "contracts", "devchain", "execution", "mempool", "network", "rpc", "statesync"},
	"consensus":  {"chain", "execution", "mempool"},
	"devchain":   {"chain", "execution", "mempool"},
	"statesync":  {"chain", "consensus"},
	"rpc":        {"chain", "execution"},
	"execution":  {"contract"},
	"mempool":    {},
	"chain":      {},
	"contract":   {},
	"contracts":  {"contract", "execution", "middleware", "protocol"},
	"network":    {"contracts"},
	"client":     {},
	"bench":      {"client"},
	"middleware": {"contract"},
	"protocol":   {"contract"},
}

// source is one Go file of the repository.
type source struct {
	path  string // relative to the root
	test  bool
	lines int
	file  *ast.File
	fset  *token.FileSet
}

func (s source) part() string { return strings.Split(s.path, "/")[0] }
func (s source) dir() string  { return filepath.Dir(s.path) }

func sources(t *testing.T) (list []source) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, content, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		list = append(list, source{filepath.ToSlash(relative), strings.HasSuffix(path, "_test.go"), strings.Count(string(content), "\n"), file, fset})
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(list), 100, "the sources were not found")
	return list
}

func imports(file *ast.File) (paths []string) {
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

func TestArrows(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.part() == "test" {
			continue
		}
		allowed, known := arrows[s.part()]
		if !known {
			t.Errorf("%s: the part %q is not in the list of arrows", s.path, s.part())
			continue
		}
		for _, path := range imports(s.file) {
			to, ours := strings.CutPrefix(path, module)
			part := strings.Split(to, "/")[0]
			if !ours || part == s.part() || slices.Contains(allowed, part) {
				continue
			}
			t.Errorf("%s imports %s: %s may import only %v", s.path, to, s.part(), allowed)
		}
	}
}

// An engine is an algorithm: the standard library, decimals and its own parts.
func TestEnginesArePure(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !strings.Contains("/"+s.dir()+"/", "/engine/") {
			continue
		}
		for _, path := range imports(s.file) {
			ours := strings.HasPrefix(path, module) && strings.Contains(path+"/", "/engine/")
			standard := !strings.Contains(strings.Split(path, "/")[0], ".")
			if !ours && !standard && path != "github.com/cockroachdb/apd/v3" {
				t.Errorf("%s imports %s: an engine knows only the standard library, decimals and engines", s.path, path)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	comments := make(map[string]int)
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if s.file.Doc != nil {
			comments[s.dir()]++
		} else {
			comments[s.dir()] += 0
		}
	}
	for dir, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments, not one", dir, n)
		}
	}
}

func TestFilesStaySmall(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test && !ast.IsGenerated(s.file) && s.lines > maxLines {
			t.Errorf("%s has %d lines; split it by meaning (at most %d)", s.path, s.lines, maxLines)
		}
	}
}

func TestNoVagueNames(t *testing.T) {
	vague := []string{"utils", "util", "common", "helpers", "misc", "types", "base"}
	for _, s := range sources(t) {
		for _, element := range strings.Split(strings.TrimSuffix(s.path, ".go"), "/") {
			if slices.Contains(vague, element) {
				t.Errorf("%s: %q says nothing; name it after what it holds", s.path, element)
			}
		}
	}
}
