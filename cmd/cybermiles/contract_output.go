package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/cybermiles/cybermiles/client/contracts"
)

// valuesJSON is an answer as JSON: a single result by itself, several as an
// object with their names.
func valuesJSON(values []contracts.Value) any {
	if len(values) == 1 {
		return values[0].JSON()
	}
	object := make(map[string]any, len(values))
	for i, value := range values {
		object[cmp.Or(value.Name, fmt.Sprint(i))] = value.JSON()
	}
	return object
}

// printValues writes an answer for people: a single value by itself, several
// with their names, structs as properties, arrays of structs as tables.
func printValues(w io.Writer, values []contracts.Value) {
	if len(values) == 1 {
		printSingle(w, values[0])
		return
	}
	var rows []row
	for i, value := range values {
		if _, isList := value.List(); !isList && value.Rows() == nil {
			rows = append(rows, row{cmp.Or(value.Label(), fmt.Sprint(i)), value.Text()})
		}
	}
	properties(w, rows...)
	for i, value := range values {
		if _, isList := value.List(); !isList && value.Rows() == nil {
			continue
		}
		if i > 0 || len(rows) > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s:\n", cmp.Or(value.Label(), fmt.Sprint(i)))
		printSingle(w, value)
	}
}

func printSingle(w io.Writer, value contracts.Value) {
	list, isList := value.List()
	switch {
	case isList && len(list) == 0:
		fmt.Fprintln(w, "(none)")
	case value.OfStructs():
		printTable(w, list)
	case isList:
		for _, element := range list {
			fmt.Fprintln(w, element.Text())
		}
	case value.Rows() != nil:
		rows := make([]row, 0, len(value.Rows()))
		for _, field := range value.Rows() {
			rows = append(rows, row{field.Label(), field.Text()})
		}
		properties(w, rows...)
	default:
		fmt.Fprintln(w, value.Text())
	}
}

// printTable writes structs as the lines of a table. A column in which no line
// says anything is left out when there are many.
func printTable(w io.Writer, list []contracts.Value) {
	var header []string
	rows := make([][]string, len(list))
	first := list[0].Rows()
	for column, field := range first {
		cells := make([]string, len(list))
		telling := len(first) <= manyColumns
		for i, element := range list {
			cells[i] = element.Rows()[column].Brief()
			telling = telling || cells[i] != "-" && cells[i] != ""
		}
		if !telling {
			continue
		}
		header = append(header, field.Label())
		for i, cell := range cells {
			rows[i] = append(rows[i], cell)
		}
	}
	table(w, header, rows)
}

// manyColumns is how many a table has at most with all of them shown.
const manyColumns = 8

// printEvent writes a decoded event on one line.
func (l logResult) printEvent(w io.Writer) {
	parts := make([]string, len(l.Fields))
	for i, field := range l.Fields {
		parts[i] = field.label + " " + field.text
	}
	fmt.Fprintln(w, strings.TrimSpace(l.Event+"  "+strings.Join(parts, ", ")))
}
