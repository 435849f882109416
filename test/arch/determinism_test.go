package arch

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// consensusCode is what runs inside a block.
var consensusCode = []string{"./execution", "./contract"}

// forbiddenImports differ from machine to machine, run to run or toolchain to
// toolchain.
var forbiddenImports = []string{
	"crypto/rand", "math/rand", "math/rand/v2", "net", "net/http", "os", "encoding/xml", "regexp", "unicode", "os/exec", "syscall",
}

// forbiddenCalls read the clock or the machine. Time as a value is allowed: it
// comes from consensus.
var forbiddenCalls = []string{"time.Now", "time.Since", "time.Until", "runtime.NumCPU", "runtime.GOMAXPROCS"}

func TestConsensusCodeIsDeterministic(t *testing.T) {
	loaded, err := packages.Load(&packages.Config{
		Dir:  filepath.Join("..", ".."),
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
	}, consensusCode...)
	require.NoError(t, err)
	require.Len(t, loaded, len(consensusCode))
	for _, p := range loaded {
		require.Empty(t, p.Errors)
		for path := range p.Imports {
			if slices.Contains(forbiddenImports, path) {
				t.Errorf("%s imports %s, which is not the same on every node", p.PkgPath, path)
			}
		}
		for _, file := range p.Syntax {
			ast.Inspect(file, func(n ast.Node) bool {
				checkNode(t, p, n)
				return true
			})
		}
	}
}

func checkNode(t *testing.T, p *packages.Package, n ast.Node) {
	place := func() string { return p.Fset.Position(n.Pos()).String() }
	switch n := n.(type) {
	case *ast.RangeStmt:
		if kind := p.TypesInfo.TypeOf(n.X); kind != nil {
			if _, isMap := kind.Underlying().(*types.Map); isMap {
				t.Errorf("%s ranges over a map, whose order is random", place())
			}
		}
	case *ast.SelectorExpr:
		if name, ok := n.X.(*ast.Ident); ok && slices.Contains(forbiddenCalls, name.Name+"."+n.Sel.Name) {
			t.Errorf("%s uses %s.%s", place(), name.Name, n.Sel.Name)
		}
	case *ast.Ident:
		if object, ok := p.TypesInfo.Uses[n].(*types.TypeName); ok && strings.HasPrefix(object.Name(), "float") && object.Pkg() == nil {
			t.Errorf("%s uses %s: floating point differs between processors", place(), object.Name())
		}
	}
}
