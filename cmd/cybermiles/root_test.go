package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// everyCommand walks the whole command line.
func everyCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, child := range cmd.Commands() {
		everyCommand(child, visit)
	}
}

// TestCommandsAreDescribed holds every command to what the help needs.
func TestCommandsAreDescribed(t *testing.T) {
	root := newRootCommand()
	everyCommand(root, func(cmd *cobra.Command) {
		if cmd.Name() == "help" || strings.HasPrefix(cmd.CommandPath(), "cybermiles completion") {
			return // cobra's own
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || cmd.Long == "" {
			t.Errorf("%s: Short %q, Long of %d bytes", cmd.CommandPath(), cmd.Short, len(cmd.Long))
		}
		if cmd.Parent() == root && cmd.GroupID == "" {
			t.Errorf("%s is in no group", cmd.CommandPath())
		}
	})
}

// TestExamples parses every example as the program would: the command exists,
// and so do its flags.
func TestExamples(t *testing.T) {
	words := regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
	count := 0
	everyCommand(newRootCommand(), func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Example) {
			fields := words.FindAllString(line, -1)
			if len(fields) == 0 {
				continue
			}
			count++
			if fields[0] != "cybermiles" {
				t.Errorf("%s: example %q does not begin with cybermiles", cmd.CommandPath(), line)
				continue
			}
			found, args, err := newRootCommand().Find(fields[1:])
			if err != nil || found.CommandPath() != cmd.CommandPath() && !strings.HasPrefix(found.CommandPath(), cmd.CommandPath()+" ") {
				t.Errorf("%s: example %q is of another command: %v", cmd.CommandPath(), line, err)
				continue
			}
			if err := found.ParseFlags(args); err != nil {
				t.Errorf("%s: example %q: %v", cmd.CommandPath(), line, err)
			} else if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: example %q: %v", cmd.CommandPath(), line, err)
			}
		}
	})
	if count < 10 {
		t.Errorf("only %d examples were found", count)
	}
}
