// Command fill writes the fixtures in test/statetest/testdata. The cases are its own; every outcome, that is state
// roots, log hashes and which transactions are invalid, comes from the evm command of go-ethereum, a program that
// shares no code with this repository's execution package.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/test/statetest"
)

func main() {
	evm := flag.String("evm", "evm", "go-ethereum's evm `command`")
	out := flag.String("out", "testdata", "`folder` to write to")
	flag.Parse()
	if err := run(*evm, *out); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(evm, out string) error {
	count := 0
	for name, fixtures := range files() {
		if err := fill(evm, fixtures); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, fixture := range fixtures {
			for _, posts := range fixture.Post {
				count += len(posts)
			}
		}
		text, err := json.MarshalIndent(fixtures, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name+".json"), append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d cases\n", count)
	return nil
}

// key names a case in the file that evm is given: one fixture for each case, since evm's report has no index.
func key(name, fork string, index int) string { return fmt.Sprintf("%s/%s/%d", name, fork, index) }

// passes bounds how often evm is asked: it reports one difference of a case at a time (exception, root, logs).
const passes = 4

func fill(evm string, fixtures map[string]*statetest.Fixture) error {
	for range passes {
		failures, err := ask(evm, fixtures)
		if err != nil {
			return err
		}
		if len(failures) == 0 {
			return nil
		}
		for name, fixture := range fixtures {
			for fork, posts := range fixture.Post {
				for i := range posts {
					if text, failed := failures[key(name, fork, i)]; failed {
						if err := learn(&posts[i], text); err != nil {
							return fmt.Errorf("%s: %w", key(name, fork, i), err)
						}
					}
				}
			}
		}
	}
	return fmt.Errorf("evm is not content after %d passes", passes)
}

var got = regexp.MustCompile(`got ([0-9a-f]{64})`)

var (
	rootError      = regexp.MustCompile(`state root (mismatch|does not match)`)
	logsError      = regexp.MustCompile(`logs hash mismatch`)
	exceptionError = regexp.MustCompile(`^unexpected error: (.*)`)
)

// learn takes an outcome from evm's complaint about it.
func learn(post *statetest.Post, text string) error {
	if m := exceptionError.FindStringSubmatch(text); m != nil {
		// Nothing else is expected: the state must stay what it was, which the runner checks by itself.
		post.ExpectException, post.Root, post.Logs = m[1], common.UnprefixedHash{}, common.UnprefixedHash{}
		return nil
	}
	m := got.FindStringSubmatch(text)
	switch {
	case m == nil:
		return fmt.Errorf("evm: %s", text)
	case rootError.MatchString(text):
		post.Root = common.UnprefixedHash(common.HexToHash(m[1]))
	case logsError.MatchString(text):
		post.Logs = common.UnprefixedHash(common.HexToHash(m[1]))
	default:
		return fmt.Errorf("evm: %s", text)
	}
	return nil
}

// ask runs evm on every case and returns its complaints by key.
func ask(evm string, fixtures map[string]*statetest.Fixture) (map[string]string, error) {
	single := make(map[string]statetest.Fixture)
	for name, fixture := range fixtures {
		for fork, posts := range fixture.Post {
			for i, post := range posts {
				one := *fixture
				one.Post = map[string][]statetest.Post{fork: {post}}
				single[key(name, fork, i)] = one
			}
		}
	}
	text, err := json.Marshal(single)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "statetest-fill")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "cases.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	output, err := exec.Command(evm, "statetest", file).Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", evm, err)
	}
	var report []struct {
		Name  string
		Pass  bool
		Error string
	}
	if err := json.Unmarshal(output, &report); err != nil {
		return nil, fmt.Errorf("%s reports: %w", evm, err)
	}
	if len(report) != len(single) {
		return nil, fmt.Errorf("%s reports %d of %d cases", evm, len(report), len(single))
	}
	failures := make(map[string]string)
	for _, r := range report {
		if !r.Pass {
			failures[r.Name] = r.Error
		}
	}
	return failures, nil
}
