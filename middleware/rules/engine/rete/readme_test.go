package rete_test

import (
	"os"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
)

// TestReadmeExample runs the rule text of the README, which is also written in
// the canonical layout.
func TestReadmeExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```\ntemplate ")
	text, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the README has no rule text")
	}
	text = "template " + text
	f, err := ruletext.Parse("README.md", text)
	if err != nil {
		t.Fatal(err)
	}
	if formatted := ruletext.Format(f); formatted != text {
		t.Errorf("the canonical layout is\n%s", formatted)
	}
	d := newDesk(t, text)
	for id := 1; id <= 4; id++ {
		d.add("Order", id, "alice", rete.Number("199.50"), false)
	}
	d.add("Order", 5, "bob", rete.Number("2000"), false)
	d.fire()
	if err := d.s.SetFocus("risk"); err != nil {
		t.Fatal(err)
	}
	_, results := d.fire()
	d.want("results", results, "")
	d.want("facts", d.facts(), `Order 1 "alice" 199.5 false; Order 2 "alice" 199.5 false; Order 3 "alice" 199.5 false; `+
		`Order 4 "alice" 199.5 false; Order 5 "bob" 2000 true; Alert "alice" 798 logical`)
}
