// Package workbench is what people do with decision models and rule sets outside
// of the chain: compile them, give them inputs and facts in JSON, read and explain
// their results, run their examples, look for gaps in their tables and make models
// of tables from spreadsheets. It never runs inside a block.
package workbench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench/coverage"
)

// maxSource is the most bytes of a source file.
const maxSource = 64 << 20

// Model is a compiled model with its deployed form.
type Model struct {
	*dmn.Model
	Code     []byte      // what is deployed
	Hash     common.Hash // its name on every chain
	Findings []compiler.Diagnostic
	tables   []compiler.TableSource
}

// Coverage looks for gaps, overlaps and rules without use in every decision table
// of a model that was compiled here.
func (m *Model) Coverage() (findings []coverage.Finding) {
	for _, table := range m.tables {
		findings = append(findings, coverage.Check(m.Model, table)...)
	}
	return findings
}

// Compile compiles a DMN file. What it imports is looked for among the other
// .dmn files of its folder.
func Compile(path string) (*Model, error) {
	main, err := source(path)
	if err != nil {
		return nil, err
	}
	others, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.dmn"))
	if err != nil {
		return nil, err
	}
	var imports []compiler.Source
	if strings.Contains(string(main.XML), "<import") || strings.Contains(string(main.XML), ":import") {
		for _, other := range others {
			if filepath.Clean(other) == filepath.Clean(path) {
				continue
			}
			imported, err := source(other)
			if err != nil {
				return nil, err
			}
			imports = append(imports, imported)
		}
	}
	var tables []compiler.TableSource
	options := compiler.Options{Tables: func(table compiler.TableSource) { tables = append(tables, table) }}
	model, findings, err := compiler.Compile(options, main, imports...)
	if err != nil {
		return nil, err
	}
	code := model.Encode()
	return &Model{Model: model, Code: code, Hash: HashOf(code), Findings: findings, tables: tables}, nil
}

func source(path string) (compiler.Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return compiler.Source{}, err
	}
	if info.Size() > maxSource {
		return compiler.Source{}, fmt.Errorf("%s has %d bytes; a model may have %d", path, info.Size(), maxSource)
	}
	content, err := os.ReadFile(path)
	return compiler.Source{Name: path, XML: content}, err
}

// Decode reads the deployed form of a model.
func Decode(code []byte) (*Model, error) {
	model, err := dmn.Decode(code)
	if err != nil {
		return nil, err
	}
	return &Model{Model: model, Code: code, Hash: HashOf(code)}, nil
}

// HashOf names a compiled model: the code hash of its account.
func HashOf(code []byte) common.Hash { return crypto.Keccak256Hash(contract.Code, code) }

// Step is a decision that was made or a table that matched.
type Step struct {
	Element string
	Matched []int // rules of a table, from 1; nil for a decision
	Value   feel.Value
}

// Result is what an evaluation gave.
type Result struct {
	Value feel.Value
	Steps []Step
	Units uint64 // of work
}

// maxUnits ends what would run for minutes.
const maxUnits = 1 << 32

var errTooMuchWork = errors.New("the evaluation takes more work than any transaction can pay")

func (r *recorder) Charge(units uint64) error {
	if r.result.Units += units; r.result.Units > maxUnits {
		return errTooMuchWork
	}
	return nil
}

// recorder is meter and observer of an evaluation.
type recorder struct {
	model  *dmn.Model
	result Result
}

func (r *recorder) Decided(element int, v feel.Value) {
	r.result.Steps = append(r.result.Steps, Step{Element: r.model.Elements[element].Name, Value: v})
}

func (r *recorder) Matched(t *dmn.Table, rules []int) {
	step := Step{Element: t.Name, Matched: []int{}}
	for _, rule := range rules {
		step.Matched = append(step.Matched, rule+1)
	}
	r.result.Steps = append(r.result.Steps, step)
}

// Evaluate evaluates a decision, a service or knowledge as a chain would at that
// time.
func (m *Model) Evaluate(decision string, inputs *feel.Context, at time.Time) (*Result, error) {
	element, err := m.decision(decision)
	if err != nil {
		return nil, err
	}
	now, ok := calendar.FromUnix(at.Unix())
	if !ok {
		return nil, fmt.Errorf("%s is no time that the calendar knows", at)
	}
	recorder := &recorder{model: m.Model}
	evaluation := dmn.NewEvaluation(m.Model, feel.NewMachine(recorder, feel.DefaultLimits, now), recorder)
	if m.Elements[element].Kind != dmn.Decision {
		recorder.result.Value, err = evaluation.Invoke(element, inputs)
		return &recorder.result, err
	}
	for _, entry := range inputs.Entries() {
		if err := evaluation.SetNamed(entry.Key, "", entry.Value); err != nil {
			return nil, err
		}
	}
	recorder.result.Value, err = evaluation.Get(element)
	return &recorder.result, err
}

func (m *Model) decision(name string) (int, error) {
	element := m.Find(name, "")
	if element >= 0 && m.Elements[element].Kind != dmn.InputData {
		return element, nil
	}
	var names []string
	for i := range m.Elements {
		if m.Elements[i].Kind != dmn.InputData {
			names = append(names, fmt.Sprintf("%q", m.Elements[i].Name))
		}
	}
	return 0, fmt.Errorf("the model has no decision %q; it has %s", name, strings.Join(names, ", "))
}
