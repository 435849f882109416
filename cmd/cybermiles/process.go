package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/soundness"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
)

// processExtras are the words of `process` that know models: in files, or by
// decoding what is deployed. The contract's other methods have theirs from its
// ABI.
var processExtras = []func(*contracts.Contract) *cobra.Command{
	newProcessCheckCommand, newProcessCompileCommand, newProcessRenderCommand, newProcessBindCommand,
	newProcessDeployCommand, newProcessStartCommand, newProcessTasksCommand, newProcessCompleteCommand, newProcessCorrelateCommand,
	newProcessInstancesCommand, newProcessShowCommand, newProcessHistoryCommand,
	newProcessCancelCommand, newProcessRetryCommand, newProcessMigrateCommand,
}

// processFinding is a fault of a process model, or a doubt about it.
type processFinding struct {
	Severity string   `json:"severity"` // error or warning
	Line     int      `json:"line,omitempty"`
	Element  string   `json:"element"`
	Rule     string   `json:"rule"`
	Message  string   `json:"message"`
	Path     []string `json:"path,omitempty"`
}

// The severities of findings, and the rule that soundness findings break.
const (
	severityError   = "error"
	severityWarning = "warning"
	ruleSound       = "SOUND"
)

// in tells a finding on a line, with the file it is in.
func (f processFinding) in(path string) string {
	var b strings.Builder
	b.WriteString(path)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	fmt.Fprintf(&b, ": %s: %s: ", f.Element, f.Rule)
	if f.Severity == severityWarning {
		b.WriteString("warning: ")
	}
	b.WriteString(f.Message)
	if len(f.Path) > 0 {
		fmt.Fprintf(&b, " after %s", strings.Join(f.Path, " → "))
	}
	return b.String()
}

// processFile is a process model with what was found in it.
type processFile struct {
	path     string
	source   []byte
	model    *bpmn.Model // nil when a rule is broken
	findings []processFinding
}

// openProcess reads a model and holds it against the rules of BPMN and of
// soundness. Only a file that cannot be read is an error.
func openProcess(cmd *cobra.Command, path string, tolerant bool) (*processFile, error) {
	source, root, err := readProcess(cmd, path)
	if err != nil {
		return nil, err
	}
	file := &processFile{path: path, source: source}
	model, warnings, err := compiler.Compile(source, compiler.Options{Tolerant: tolerant})
	var broken compiler.Diagnostics
	if err != nil && !errors.As(err, &broken) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file.add(severityError, broken)
	file.add(severityWarning, warnings)
	if model != nil {
		file.model = model
		file.addSoundness(soundness.Check(model), linesOf(root))
	}
	sort.SliceStable(file.findings, func(a, b int) bool { return file.findings[a].Line < file.findings[b].Line })
	return file, nil
}

// readProcess reads and parses a source file.
func readProcess(cmd *cobra.Command, path string) ([]byte, *compiler.Element, error) {
	source, err := readFile(cmd, path, compiler.MaxSource)
	if err != nil {
		return nil, nil, err
	}
	root, err := compiler.Parse(source)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return source, root, nil
}

func (f *processFile) add(severity string, diagnostics compiler.Diagnostics) {
	for _, d := range diagnostics {
		f.findings = append(f.findings, processFinding{Severity: severity, Line: d.Line, Element: d.Element, Rule: d.Rule, Message: d.Message})
	}
}

func (f *processFile) addSoundness(report soundness.Report, lines map[string]int) {
	for _, found := range report.Findings {
		f.findings = append(f.findings, processFinding{severityError, lines[found.Node], found.Node, ruleSound, string(found.Kind), found.Path})
	}
	for _, id := range report.Undecided {
		message := fmt.Sprintf("more than %d markings: whether it is sound was not decided", soundness.MaxStates)
		f.findings = append(f.findings, processFinding{Severity: severityWarning, Line: lines[id], Element: id, Rule: ruleSound, Message: message})
	}
}

// linesOf maps the ids of a file to the lines of their elements.
func linesOf(root *compiler.Element) map[string]int {
	lines := make(map[string]int)
	var visit func(*compiler.Element)
	visit = func(e *compiler.Element) {
		if id := e.Attr("id"); id != "" {
			lines[id] = e.Line
		}
		for _, child := range e.Children {
			visit(child)
		}
	}
	visit(root)
	return lines
}

// faults are the findings that are errors; without those of soundness when
// unsound models may pass.
func (f *processFile) faults(unsound bool) (list []processFinding) {
	for _, finding := range f.findings {
		if finding.Severity == severityError && !(unsound && finding.Rule == ruleSound) {
			list = append(list, finding)
		}
	}
	return list
}

// refuse is the error of a model with faults, nil when there are none.
func (f *processFile) refuse(faults []processFinding) error {
	switch len(faults) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s has a fault", f.path)
	}
	return fmt.Errorf("%s has %d faults", f.path, len(faults))
}

// refuseAll is the error of a model with faults, which it lists.
func (f *processFile) refuseAll(unsound bool) error {
	faults := f.faults(unsound)
	err := f.refuse(faults)
	for _, fault := range faults {
		err = fmt.Errorf("%w\n%s", err, fault.in(f.path))
	}
	return err
}

// describe is what there is to say of a model; little when it broke a rule.
func (f *processFile) describe() checkedProcess {
	result := checkedProcess{File: f.path, SourceHash: workbench.SourceHash(f.source).Hex(), Findings: f.findings}
	if f.model == nil {
		return result
	}
	model := workbench.New(f.model)
	result.Hash, result.Bytes = model.Hash.Hex(), len(model.Code)
	result.Nodes, result.Flows, result.Roles = len(model.Nodes), len(model.Flows), model.Roles
	for i, p := range model.Processes {
		listed := listedProcess{ID: p.ID, Name: p.Name, Executable: p.Executable}
		if p.Executable {
			listed.Start = fieldsOf(model.Start(i))
			for _, form := range model.Steps(i) {
				listed.Steps = append(listed.Steps, listedStep{ID: form.ID, Name: form.Name, Role: form.Role, Message: form.Events, Job: form.Job, Brings: fieldsOf(form)})
			}
		}
		result.Processes = append(result.Processes, listed)
	}
	for _, v := range model.Variables {
		if v.Meaning == bpmn.Plain {
			result.Variables = append(result.Variables, v.Name)
		}
	}
	return result
}

// fieldsOf lists what a form brings, as "name type".
func fieldsOf(form workbench.Form) []string {
	list := []string{}
	for _, field := range form.Fields {
		list = append(list, field.Name+" "+workbench.TypeName(field.Type))
	}
	return list
}

// writeProduct writes what was made of a source file, which it does not replace.
func writeProduct(cmd *cobra.Command, source, out string, content []byte) error {
	before, err := os.Stat(source)
	if err == nil {
		if there, err := os.Stat(out); err == nil && os.SameFile(before, there) {
			return misusef("--out: %s is the source itself", out)
		}
	}
	if err := os.WriteFile(out, content, 0o644); err != nil {
		return err
	}
	note(cmd, "wrote %s", out)
	return nil
}

// productName is the name of a source file with another ending.
func productName(source, ending string) string {
	return strings.TrimSuffix(source, filepath.Ext(source)) + ending
}
