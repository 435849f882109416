package statetest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Where a whole suite is, and how many of its cases must pass.
const (
	suiteVariable = "STATE_TESTS"
	countVariable = "STATE_TESTS_PASS"
)

// tally counts outcomes.
type tally struct {
	passed, failed, inapplicable int
	reasons                      map[string]int // why cases are not applicable
}

func (c *tally) add(other tally) {
	c.passed, c.failed, c.inapplicable = c.passed+other.passed, c.failed+other.failed, c.inapplicable+other.inapplicable
	for reason, n := range other.reasons {
		c.reason(reason, n)
	}
}

func (c *tally) reason(reason string, n int) {
	if c.reasons == nil {
		c.reasons = make(map[string]int)
	}
	c.reasons[reason] += n
}

func (c *tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d not applicable", c.passed, c.failed, c.inapplicable)
}

// runFile runs every case of a file and reports failures.
func runFile(t *testing.T, path string) (c tally) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return tally{failed: 1}
	}
	fixtures, err := Decode(text)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return tally{failed: 1}
	}
	for name, fixture := range fixtures {
		for fork, posts := range fixture.Post {
			for i := range posts {
				switch err := fixture.Run(fork, i); {
				case err == nil:
					c.passed++
				case errors.Is(err, ErrNotApplicable):
					c.inapplicable++
					c.reason(err.Error(), 1)
				default:
					c.failed++
					t.Errorf("%s %s/%s/%d: %v", path, name, fork, i, err)
				}
			}
		}
	}
	return c
}

// runSuite runs every file under a folder and prints a line for each folder.
func runSuite(t *testing.T, root string) (total tally) {
	folders := make(map[string]*tally)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		if folders[folder] == nil {
			folders[folder] = new(tally)
		}
		folders[folder].add(runFile(t, path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(folders))
	for name, c := range folders {
		names = append(names, name)
		total.add(*c)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Printf("statetest %s: %s\n", name, folders[name])
	}
	for reason, n := range total.reasons {
		fmt.Printf("statetest: %d %s\n", n, reason)
	}
	fmt.Printf("statetest total: %s\n", &total)
	return total
}

// ownCases is how many cases testdata holds; fill prints it when it writes the files.
const ownCases = 700

// TestOwnFixtures runs the fixtures of this repository, whose outcomes geth's evm command has computed.
func TestOwnFixtures(t *testing.T) {
	if c := runSuite(t, "testdata"); c.passed != ownCases || c.failed+c.inapplicable != 0 {
		t.Errorf("%s; all of %d cases must pass", &c, ownCases)
	}
}

// TestSuite runs the suite that STATE_TESTS names.
func TestSuite(t *testing.T) {
	root := os.Getenv(suiteVariable)
	if root == "" {
		t.Skipf("NOT RUN: Ethereum's state tests, only this repository's own; set %s to GeneralStateTests of github.com/ethereum/tests or to state_tests of execution-spec-tests", suiteVariable)
	}
	c := runSuite(t, root)
	if c.passed == 0 {
		t.Errorf("no case of %s has run: is it a GeneralStateTests folder?", root)
	}
	if text := os.Getenv(countVariable); text != "" {
		want, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s: %v", countVariable, err)
		}
		if c.passed != want {
			t.Errorf("%d cases passed, %s asks for %d", c.passed, countVariable, want)
		}
	} else if c.failed == 0 {
		fmt.Printf("statetest: set %s=%d to hold the next run to this count\n", countVariable, c.passed)
	}
}

// TestNotApplicable holds the reasons for leaving cases out to what the chain really does not do.
func TestNotApplicable(t *testing.T) {
	for fork, want := range map[string]string{
		"Frontier": "EIP-161", "EIP150": "EIP-161", "London+3855": "single proposals", "Verkle": "another kind of tree", "Nowhere": "does not know",
		"Byzantium": "", "Paris": "", "Prague": "", "Osaka": "", "PragueToOsakaAtTime15k": "",
	} {
		_, err := rules(fork)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", fork, err)
		case want != "" && (!errors.Is(err, ErrNotApplicable) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", fork, err, want)
		}
	}
}

// TestWrongOutcomesFail changes what is expected: the runner must notice each change.
func TestWrongOutcomesFail(t *testing.T) {
	text, err := os.ReadFile("testdata/storage.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Post){
		"root":      func(p *Post) { p.Root[0] ^= 1 },
		"logs":      func(p *Post) { p.Logs[0] ^= 1 },
		"exception": func(p *Post) { p.ExpectException = "TransactionException.ANY" },
		"data":      func(p *Post) { p.Indexes.Data = 99 },
	} {
		fixtures, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		for fixture, f := range fixtures {
			change(&f.Post["Osaka"][0])
			if err := f.Run("Osaka", 0); err == nil {
				t.Errorf("%s: changing the expected %s goes unnoticed", fixture, name)
			}
		}
	}
}

// FuzzRun feeds files to the decoder and runs what it accepts: errors are fine, panics are not.
func FuzzRun(f *testing.F) {
	for _, name := range []string{"storage", "setcode", "invalid"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fixtures, err := Decode(text)
		if err != nil {
			return
		}
		for _, fixture := range fixtures {
			for at := range fixture.Post["Osaka"] {
				_ = fixture.Run("Osaka", at)
			}
		}
	})
}
