package rete_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
)

// clipsRun is what one run of CLIPS gave.
type clipsRun struct {
	firings uint64
	seconds float64 // reset and run, without loading
	facts   []string
}

// runClips translates the program to CLIPS and runs it under the given conflict
// resolution strategy. It gives false when CLIPS is not installed.
func runClips(t testing.TB, p program, strategy string) (clipsRun, bool) {
	t.Helper()
	path, err := exec.LookPath("clips")
	if err != nil {
		return clipsRun{}, false
	}
	f, err := ruletext.Parse(p.rules, p.source(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "program.clp")
	if err := os.WriteFile(source, []byte(translate(f)+p.clipsFacts(f)), 0o600); err != nil {
		t.Fatal(err)
	}
	batch := filepath.Join(dir, "batch.clp")
	commands := fmt.Sprintf(`(load %q)
(set-strategy %s)
(set-fact-duplication TRUE)
(watch statistics)
(defglobal ?*t* = 0)
(bind ?*t* (time))
(reset)
(run)
(printout t "SECONDS " (- (time) ?*t*) crlf)
(facts)
(exit)
`, source, strategy)
	if err := os.WriteFile(batch, []byte(commands), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "-f", batch).CombinedOutput()
	if err != nil {
		t.Fatalf("clips: %v\n%s", err, out)
	}
	return parseClips(t, string(out)), true
}

var (
	firedLine   = regexp.MustCompile(`(\d+) rules fired`)
	secondsLine = regexp.MustCompile(`SECONDS ([0-9.e-]+)`)
	factLine    = regexp.MustCompile(`(?m)^f-\d+ +(\(.*\))$`)
)

func parseClips(t testing.TB, out string) clipsRun {
	t.Helper()
	fired, seconds := firedLine.FindStringSubmatch(out), secondsLine.FindStringSubmatch(out)
	if fired == nil || seconds == nil {
		t.Fatalf("clips did not finish:\n%.2000s", out)
	}
	var run clipsRun
	run.firings, _ = strconv.ParseUint(fired[1], 10, 64)
	run.seconds, _ = strconv.ParseFloat(seconds[1], 64)
	for _, m := range factLine.FindAllStringSubmatch(out, -1) {
		if m[1] != "(initial-fact)" {
			run.facts = append(run.facts, m[1])
		}
	}
	slices.Sort(run.facts)
	return run
}

// clipsFacts writes the facts the program starts with as a deffacts.
func (p program) clipsFacts(f *ruletext.File) string {
	slots := map[string][]ruletext.SlotDecl{}
	for _, d := range f.Decls {
		if t, ok := d.(*ruletext.TemplateDecl); ok {
			slots[t.Name] = t.Slots
		}
	}
	out := "(deffacts start\n"
	for _, s := range p.facts {
		out += "  (" + s.template
		for i, v := range s.slots {
			out += fmt.Sprintf(" (%s %s)", slots[s.template][i].Name, clipsValue(v.Type, v.Text))
		}
		out += ")\n"
	}
	return out + ")\n"
}

// finalFacts writes working memory the way CLIPS does.
func finalFacts(s *rete.Session, e *rete.Engine) []string {
	var out []string
	for _, f := range s.Facts() {
		t := e.Model().Templates[f.Template]
		text := "(" + t.Name
		for i, v := range f.Slots {
			text += fmt.Sprintf(" (%s %s)", t.Slots[i].Name, clipsValue(v.Type, v.Text))
		}
		out = append(out, text+")")
	}
	slices.Sort(out)
	return out
}

func clipsValue(t model.Type, text string) string {
	switch t {
	case model.String:
		return strconv.Quote(text)
	case model.Boolean:
		return strings.ToUpper(text)
	}
	return text
}

// TestProgramsAreCanonical: the rule files are written as Format prints them.
func TestProgramsAreCanonical(t *testing.T) {
	for _, p := range []program{manners(1), waltz(1)} {
		src := p.source(t)
		f, err := ruletext.Parse(p.rules, src)
		if err != nil {
			t.Fatal(err)
		}
		if got := ruletext.Format(f); got != src {
			t.Errorf("%s formats to\n%s", p.rules, got)
		}
	}
}

// TestClipsAgrees runs the benchmark programs in CLIPS, whose strategy lex is
// the order of our agenda, and compares firings and final facts.
func TestClipsAgrees(t *testing.T) {
	for _, p := range []program{manners(8), manners(32), waltz(1), waltz(6)} {
		t.Run(p.name, func(t *testing.T) {
			theirs, ok := runClips(t, p, "lex")
			if !ok {
				t.Skip("CLIPS IS NOT INSTALLED: the comparison of firings and facts did not run (apt-get install clips)")
			}
			e := p.load(t)
			s, out := p.run(t, e)
			if out.Firings != theirs.firings {
				t.Errorf("%d firings, CLIPS has %d", out.Firings, theirs.firings)
			}
			if ours := finalFacts(s, e); !slices.Equal(ours, theirs.facts) {
				t.Errorf("final facts differ: %d, CLIPS has %d\n%s\n%s", len(ours), len(theirs.facts),
					strings.Join(ours, "\n"), strings.Join(theirs.facts, "\n"))
			}
		})
	}
}

// BenchmarkAgainstClips runs Miss Manners 128 and Waltz 50 here and in CLIPS and
// reports how many times faster we are than the faster of its strategies: lex,
// which fires the same rules in the same order, and its default, depth.
func BenchmarkAgainstClips(b *testing.B) {
	for _, p := range []program{manners(128), waltz(50)} {
		b.Run(p.name, func(b *testing.B) {
			lex, ok := runClips(b, p, "lex")
			if !ok {
				b.Skip("CLIPS IS NOT INSTALLED (apt-get install clips)")
			}
			depth, _ := runClips(b, p, "depth")
			e := p.load(b)
			for b.Loop() {
				s, out := p.run(b, e)
				if out.Firings != lex.firings {
					b.Fatalf("%d firings, CLIPS has %d", out.Firings, lex.firings)
				}
				b.StopTimer()
				if !slices.Equal(finalFacts(s, e), lex.facts) {
					b.Fatal("final facts differ from those of CLIPS")
				}
				b.StartTimer()
			}
			ours := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(float64(lex.firings), "firings")
			b.ReportMetric(lex.seconds*1e3, "ms-clips-lex")
			b.ReportMetric(depth.seconds*1e3, "ms-clips-depth")
			b.ReportMetric(ours*1e3, "ms-ours")
			b.ReportMetric(min(lex.seconds, depth.seconds)/ours, "times-faster")
		})
	}
}
