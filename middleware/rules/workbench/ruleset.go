package workbench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
)

// RuleSet is a compiled set of production rules with its deployed form.
type RuleSet struct {
	*model.Model
	Code   []byte      // what is deployed
	Hash   common.Hash // its name on every chain
	engine *rete.Engine
}

// IsRuleText tells a file of production rules from one of decisions.
func IsRuleText(path string) bool { return strings.HasSuffix(path, ".rules") }

// IsRuleSet tells the deployed form of a rule set from that of decisions.
func IsRuleSet(code []byte) bool { return bytes.HasPrefix(code, []byte("CMRL")) }

// CompileRules compiles a rule text. The error joins what is wrong with it, each
// with file, line and column.
func CompileRules(path string) (*RuleSet, error) {
	text, err := ruleText(path)
	if err != nil {
		return nil, err
	}
	m, err := ruletext.CompileText(path, text)
	if err != nil {
		return nil, err
	}
	code, err := model.Encode(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return DecodeRules(code)
}

// DecodeRules reads the deployed form of a rule set.
func DecodeRules(code []byte) (*RuleSet, error) {
	engine, err := rete.LoadBinary(code)
	if err != nil {
		return nil, err
	}
	return &RuleSet{Model: engine.Model(), Code: code, Hash: HashOf(code), engine: engine}, nil
}

// FormatRules gives a rule text in the canonical layout.
func FormatRules(path string) (before, after string, err error) {
	if before, err = ruleText(path); err != nil {
		return "", "", err
	}
	file, err := ruletext.Parse(path, before)
	if err != nil {
		return "", "", err
	}
	return before, ruletext.Format(file), nil
}

func ruleText(path string) (string, error) {
	s, err := source(path)
	return string(s.XML), err
}

// RunLimits end a run that does not end by itself.
var RunLimits = rete.Limits{Firings: 1_000_000, Work: 1 << 32}

// RunResult is what a run of a rule set gave.
type RunResult struct {
	Status  string          `json:"status"`
	Firings uint64          `json:"firings"`
	Results []EmittedResult `json:"results"`
	Facts   []ShownFact     `json:"facts"`
}

// EmittedResult is what a rule emitted.
type EmittedResult struct {
	Rule   string          `json:"rule"`
	Name   string          `json:"name"`
	Fields json.RawMessage `json:"fields"` // an object
}

// ShownFact is a fact of a working memory.
type ShownFact struct {
	ID       uint64          `json:"id"`
	Template string          `json:"template"`
	Logical  bool            `json:"logical,omitempty"`
	Slots    json.RawMessage `json:"slots"` // an object
}

// Run inserts facts into an empty working memory and fires until nothing is left,
// a rule halts or the limits are reached.
func (s *RuleSet) Run(facts []Fact, limits rete.Limits) (*RunResult, error) {
	list := make([]rete.NewFact, len(facts))
	for i, fact := range facts {
		complete, err := s.complete(fact)
		if err != nil {
			return nil, fmt.Errorf("fact %d: %w", i+1, err)
		}
		list[i] = complete
	}
	outcome, left, err := s.engine.Run(list, limits, nil)
	if err != nil {
		return nil, err
	}
	result := &RunResult{Status: outcome.Status.String(), Firings: outcome.Firings, Results: []EmittedResult{}, Facts: []ShownFact{}}
	for _, r := range outcome.Results {
		result.Results = append(result.Results, EmittedResult{r.Rule, r.Name, JSON(fieldsOf(r.Fields))})
	}
	for _, f := range left {
		result.Facts = append(result.Facts, s.shown(f))
	}
	return result, nil
}

// RuleExample is one line of a rule set's examples: what must come of facts. The
// parts of want that are missing are not compared.
type RuleExample struct {
	Name  string          `json:"name"`
	Facts json.RawMessage `json:"facts"`
	Want  struct {
		Results []struct {
			Name   string          `json:"name"`
			Fields json.RawMessage `json:"fields"`
		} `json:"results"`
		Facts []json.RawMessage `json:"facts"` // at the end, each an object of its template
	} `json:"want"`
}

// RunExamples runs the examples of a file; a file without examples is an error.
func (s *RuleSet) RunExamples(path string) ([]Outcome, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var examples []RuleExample
	if err := json.Unmarshal(content, &examples); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("%s holds no examples", path)
	}
	outcomes := make([]Outcome, len(examples))
	for i := range examples {
		outcomes[i].Name = nameOf(examples[i].Name, i)
		if err := s.hold(&examples[i]); err != nil {
			outcomes[i].Failed = err.Error()
		}
	}
	return outcomes, nil
}

func (s *RuleSet) hold(example *RuleExample) error {
	if example.Want.Results == nil && example.Want.Facts == nil {
		return errors.New("it does not say what it wants: results, facts or both")
	}
	facts, err := s.Facts(example.Facts)
	if err != nil {
		return err
	}
	got, err := s.Run(facts, RunLimits)
	if err != nil {
		return err
	}
	if example.Want.Results != nil {
		var want, have []string
		for _, r := range example.Want.Results {
			want = append(want, r.Name+" "+canonical(r.Fields))
		}
		for _, r := range got.Results {
			have = append(have, r.Name+" "+canonical(r.Fields))
		}
		if w, h := strings.Join(want, ", "), strings.Join(have, ", "); w != h {
			return fmt.Errorf("got the results [%s], want [%s]", h, w)
		}
	}
	if example.Want.Facts == nil {
		return nil
	}
	var want, have []string
	for _, f := range example.Want.Facts {
		want = append(want, canonical(f))
	}
	for _, f := range got.Facts {
		have = append(have, canonical(json.RawMessage(fmt.Sprintf("{%q:%s}", f.Template, f.Slots))))
	}
	if w, h := strings.Join(want, ", "), strings.Join(have, ", "); w != h {
		return fmt.Errorf("got the facts [%s], want [%s]", h, w)
	}
	return nil
}

// canonical is a JSON value with its keys sorted and its numbers reduced.
func canonical(content json.RawMessage) string {
	v, err := parseJSON(content, nil)
	if err != nil {
		return string(content)
	}
	return string(JSON(sorted(v)))
}
