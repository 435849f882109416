package main

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func checkOutput(cmd *cobra.Command) error {
	flag := cmd.Flag("output")
	if flag == nil || flag.Value.String() == "text" || flag.Value.String() == "json" {
		return nil
	}
	return misusef("--output is text or json, not %q", flag.Value)
}

func asJSON(cmd *cobra.Command) bool {
	flag := cmd.Flag("output")
	return flag != nil && flag.Value.String() == "json"
}

// emit prints a command's result: the value as JSON under --output json, else
// what text writes.
func emit(cmd *cobra.Command, result any, text func(w io.Writer)) error {
	out := cmd.OutOrStdout()
	if asJSON(cmd) {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	text(out)
	return nil
}

// note tells a person what is going on, apart from the result; silent under
// --output json.
func note(cmd *cobra.Command, format string, args ...any) {
	if !asJSON(cmd) {
		fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...)
	}
}

// row is one line of a list of properties.
type row struct{ label, value string }

// properties writes aligned "label value" lines, leaving out empty values.
func properties(w io.Writer, rows ...row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if r.value != "" {
			fmt.Fprintf(t, "%s\t%s\n", r.label, r.value)
		}
	}
	t.Flush()
}

// table writes aligned columns under a header.
func table(w io.Writer, header []string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	t.Flush()
}

// withFields appends the fields of a command's JSON result to its long help,
// from the json and doc tags of the result's type, so that they are documented
// where they are defined.
func withFields(long string, result any) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(long))
	t := reflect.TypeOf(result)
	kind := "one object"
	if t.Kind() == reflect.Slice {
		t, kind = t.Elem(), "a list of objects"
	}
	fmt.Fprintf(&b, "\n\nWith --output json the result is %s:\n", kind)
	list := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		doc := t.Field(i).Tag.Get("doc")
		if strings.Contains(options, "omitempty") {
			doc += " (may be absent)"
		}
		fmt.Fprintf(list, "  %s\t%s\n", name, doc)
	}
	list.Flush()
	return strings.TrimRight(b.String(), "\n")
}
