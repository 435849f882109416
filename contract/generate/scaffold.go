package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/token"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/ethereum/go-ethereum/common"
)

//go:embed templates
var templates embed.FS

// ErrName is wrapped by errors about a new contract's name.
var ErrName = errors.New("not a name for a contract")

// firstAddress is the first address of each part; the last byte counts.
var firstAddress = map[string]common.Address{
	"protocol":   common.HexToAddress("0xc001"),
	"middleware": common.HexToAddress("0xc101"),
}

// blueprint is what the templates of a new contract are filled with.
type blueprint struct {
	Part    string
	Package string
	Name    string
	Word    string
	Address string
}

// newContract makes the folder of a new contract with a small working example
// in it, and enters it in the list of the chain's contracts.
func newContract(root, part, name string) error {
	plan, err := planContract(root, part, name)
	if err != nil {
		return err
	}
	listPath, list, err := listed(root, plan)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for file, source := range map[string]string{
		"I" + plan.Name + ".sol": "interface.sol", plan.Package + ".go": "contract.go", "store.go": "store.go",
		"note.go": "note.go", "note_test.go": "note_test.go", "README.md": "README.md",
	} {
		if files[file], err = plan.fill(source); err != nil {
			return err
		}
	}
	folder := filepath.Join(root, part, plan.Package)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(folder, file), content, 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(listPath, list, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s/%s is there, at %s; edit it, then run `make generate` and `go test ./%s/%s`\n", part, plan.Package, plan.Address, part, plan.Package)
	return nil
}

func (b blueprint) fill(source string) ([]byte, error) {
	parsed, err := template.ParseFS(templates, "templates/"+source+".tmpl")
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	err = parsed.Execute(&content, b)
	return content.Bytes(), err
}

var namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,31}$`)

func planContract(root, part, name string) (blueprint, error) {
	if _, known := firstAddress[part]; !known {
		return blueprint{}, fmt.Errorf("%w: part=%q; a contract belongs to protocol or middleware", ErrName, part)
	}
	if !namePattern.MatchString(name) || token.IsKeyword(strings.ToLower(name)) {
		return blueprint{}, fmt.Errorf("%w: %q; write letters and digits, such as loyalty or LoyaltyPoints", ErrName, name)
	}
	b := blueprint{Part: part, Package: strings.ToLower(name), Name: strings.ToUpper(name[:1]) + name[1:]}
	b.Word = kebab(b.Name)
	for existing := range firstAddress {
		if _, err := os.Stat(filepath.Join(root, existing, b.Package)); err == nil {
			return b, fmt.Errorf("%w: %s/%s is there already", ErrName, existing, b.Package)
		}
	}
	address, err := freeAddress(root, part)
	b.Address = address
	return b, err
}

var addressTag = regexp.MustCompile(`@custom:address\s+(0x[0-9a-fA-F]{40})`)

// freeAddress is the one after the last that an interface of the part names.
func freeAddress(root, part string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(root, part, "*", "I*.sol"))
	if err != nil {
		return "", err
	}
	first := firstAddress[part].Big()
	next, end := new(big.Int).Set(first), new(big.Int).Add(first, big.NewInt(0xfe))
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		for _, match := range addressTag.FindAllSubmatch(content, -1) {
			if taken := common.HexToAddress(string(match[1])).Big(); taken.Cmp(next) >= 0 && taken.Cmp(end) < 0 {
				next.Add(taken, big.NewInt(1))
			}
		}
	}
	return strings.ToLower(common.BigToAddress(next).Hex()), nil
}
