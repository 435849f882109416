package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const guide = "docs/guides/write-a-contract-in-go.md"

// TestGuide follows the guide in a copy of the repository: it writes the files
// that its blocks name and runs its commands, in their order.
func TestGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program in a copy of the repository")
	}
	requireCompiler(t)
	content, err := os.ReadFile(filepath.Join(repository, guide))
	require.NoError(t, err)
	root := copyRepository(t)
	files, commands := 0, 0
	for _, block := range regexp.MustCompile("(?ms)^```(\\w+)([^\n]*)\n(.*?)^```$").FindAllStringSubmatch(string(content), -1) {
		language, path, text := block[1], strings.TrimSpace(block[2]), block[3]
		switch {
		case path != "":
			target := filepath.Join(root, filepath.FromSlash(path))
			require.NoError(t, os.WriteFile(target, keepAddress(target, text), 0o644))
			files++
		case language == "sh":
			script := exec.Command("bash", "-euo", "pipefail", "-c", text)
			script.Dir = root
			output, err := script.CombinedOutput()
			require.NoError(t, err, "%s\n%s", text, output)
			commands++
		default:
			require.Equal(t, "console", language, "a block that is neither run nor written: %s", text)
		}
	}
	require.Equal(t, [2]int{6, 3}, [2]int{files, commands}, "blocks of the guide that were written and run")
	page, err := os.ReadFile(filepath.Join(root, "docs", "contracts.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), "Loyalty points")
}

// keepAddress puts the address of the file that is there already into the text,
// as the guide says: it depends on the contracts there are.
func keepAddress(path, text string) []byte {
	current, err := os.ReadFile(path)
	if own := addressTag.Find(current); err == nil && own != nil {
		return addressTag.ReplaceAll([]byte(text), own)
	}
	return []byte(text)
}

// copyRepository copies the sources to a folder of the test's own; the compiler
// of solidity/ is linked.
func copyRepository(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	skipped := map[string]bool{".git": true, "build": true, "node_modules": true, "artifacts": true}
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(repository, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped[entry.Name()] {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(root, relative), 0o755)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(root, relative)
		return os.WriteFile(target, content, info.Mode())
	})
	require.NoError(t, err)
	packages, err := filepath.Abs(filepath.Join(repository, "solidity", "node_modules"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(packages, filepath.Join(root, "solidity", "node_modules")))
	// Nothing must be installed into the linked folder, which make would do if it
	// took the lock file for newer.
	lock := filepath.Join(root, "solidity", "package-lock.json")
	require.NoError(t, os.Chtimes(lock, time.Unix(0, 0), time.Unix(0, 0)))
	return root
}
