package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/contracts"
)

// checkedProcess is the JSON of `process check` and `process compile`. A model
// that breaks a rule has no hash.
type checkedProcess struct {
	File       string           `json:"file" doc:"source"`
	SourceHash string           `json:"sourceHash" doc:"Keccak-256 of the source"`
	Hash       string           `json:"hash,omitempty" doc:"names the compiled model on every chain"`
	Bytes      int              `json:"bytes,omitempty" doc:"size of the compiled model"`
	Nodes      int              `json:"nodes,omitempty" doc:"processes, activities, events and gateways"`
	Flows      int              `json:"flows,omitempty" doc:"sequence flows"`
	Processes  []listedProcess  `json:"processes,omitempty" doc:"id and name of each process, whether it can be started, what starting it and each of its steps bring"`
	Roles      []string         `json:"roles,omitempty" doc:"lanes, participants and owners, to be bound to addresses"`
	Variables  []string         `json:"variables,omitempty" doc:"names that expressions and mappings use"`
	Findings   []processFinding `json:"findings,omitempty" doc:"severity, line, element, rule and message; path for what is not sound"`
	Out        string           `json:"out,omitempty" doc:"file that was written (compile)"`
}

type listedProcess struct {
	ID         string       `json:"id"`
	Name       string       `json:"name,omitempty"`
	Executable bool         `json:"executable"`
	Start      []string     `json:"start,omitempty"`
	Steps      []listedStep `json:"steps,omitempty"`
}

type listedStep struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Role    string   `json:"role,omitempty"`
	Message string   `json:"message,omitempty"`
	Job     string   `json:"job,omitempty"`
	Brings  []string `json:"brings,omitempty"`
}

func (c checkedProcess) print(w io.Writer) {
	rows := []row{{"source", c.File}, {"source hash", c.SourceHash}}
	if c.Hash != "" {
		rows = append(rows, row{"model hash", c.Hash}, row{"model size", fmt.Sprintf("%d bytes", c.Bytes)},
			row{"holds", fmt.Sprintf("%d nodes, %d flows", c.Nodes, c.Flows)})
	}
	for _, p := range c.Processes {
		text := p.ID
		if p.Name != "" && p.Name != p.ID {
			text += fmt.Sprintf(" %q", p.Name)
		}
		if !p.Executable {
			text += ", only called"
		}
		rows = append(rows, row{"process", text})
		if p.Executable {
			rows = append(rows, row{"  start", "takes " + orNothing(p.Start)})
		}
		for _, step := range p.Steps {
			rows = append(rows, row{"  " + step.ID, step.who() + "brings " + orNothing(step.Brings)})
		}
	}
	rows = append(rows, row{"roles", strings.Join(c.Roles, ", ")}, row{"variables", strings.Join(c.Variables, ", ")})
	properties(w, rows...)
	for _, finding := range c.Findings {
		fmt.Fprintln(w, finding.in(c.File))
	}
}

// who says whose step it is.
func (s listedStep) who() string {
	switch {
	case s.Message != "":
		return fmt.Sprintf("message %q ", s.Message)
	case s.Job != "":
		return fmt.Sprintf("job %q ", s.Job)
	case s.Role != "":
		return s.Role + " "
	}
	return ""
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

func newProcessCheckCommand(*contracts.Contract) *cobra.Command {
	var tolerant bool
	cmd := &cobra.Command{
		Use:   "check FILE.bpmn",
		Short: "Say what is wrong with a process model",
		Long: withFields(`Hold a model against the rules of BPMN 2.0, compile it and look for what is not sound:
deadlocks, tokens that are not synchronised, nodes and ends that are never reached and
loops without a way out, each with the path that shows it. Every fault names file,
line, element and rule; the rules are listed in middleware/process/engine/README.md.
A fault ends with exit status 1.

Of each process it says what the start takes, which is everything that the process may
read before it has set it, and what each step brings, which is what the step's output
mappings name alone: nobody can bring anything else.

Conditions are left open by the search for what is not sound: it may show a path that
the conditions exclude.`, checkedProcess{}),
		Example: `  cybermiles process check sale.bpmn`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := openProcess(cmd, args[0], tolerant)
			if err != nil {
				return err
			}
			result := file.describe()
			if err := emit(cmd, result, result.print); err != nil {
				return err
			}
			return file.refuse(file.faults(false))
		},
	}
	addTolerantFlag(cmd, &tolerant)
	return cmd
}

func addTolerantFlag(cmd *cobra.Command, tolerant *bool) {
	cmd.Flags().BoolVar(tolerant, "tolerant", false, "only warn of rules that do not keep a model from running")
}
