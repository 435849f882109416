package sheet

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// column is a column of the table.
type column struct {
	at     int
	name   string
	kind   string // input or output
	typ    string // of FEEL
	values string // allowed, as FEEL tests
}

// types are what the second row may say, with what FEEL calls it.
var types = map[string]string{
	"": "string", "string": "string", "text": "string", "number": "number", "boolean": "boolean", "date": "date", "time": "time",
	"date and time": "date and time", "days and time duration": "days and time duration", "years and months duration": "years and months duration",
}

var policies = map[string][2]string{
	"": {"UNIQUE"}, "unique": {"UNIQUE"}, "any": {"ANY"}, "first": {"FIRST"}, "priority": {"PRIORITY"}, "rule order": {"RULE ORDER"},
	"output order": {"OUTPUT ORDER"}, "collect": {"COLLECT"}, "collect sum": {"COLLECT", "SUM"}, "collect count": {"COLLECT", "COUNT"},
	"collect min": {"COLLECT", "MIN"}, "collect max": {"COLLECT", "MAX"},
}

// Model writes the DMN of a table: a row of headings, a row of kinds and types, and
// the rules.
func Model(rows [][]Cell, options Options) ([]byte, error) {
	if len(rows) < 3 {
		return nil, errNoRows
	}
	if err := checkName(options.Decision); err != nil {
		return nil, fmt.Errorf("the decision: %w; give it one with --decision", err)
	}
	policy, ok := policies[strings.ToLower(strings.Join(strings.Fields(options.HitPolicy), " "))]
	if !ok {
		return nil, fmt.Errorf("no hit policy %q; want unique, any, first, priority, rule order, output order, or collect, perhaps with sum, count, min or max", options.HitPolicy)
	}
	inputs, outputs, err := columnsOf(rows[0], rows[1])
	if err != nil {
		return nil, err
	}
	w := &writer{}
	w.head(options.Decision, inputs, outputs)
	w.line(`    <decisionTable hitPolicy="%s"%s>`, policy[0], attribute("aggregation", policy[1]))
	w.columns(inputs, outputs, options.Decision)
	rules := 0
	for _, row := range rows[2:] {
		if blank(row) {
			continue
		}
		rules++
		w.b.WriteString("      <rule>")
		for _, c := range inputs {
			w.entry("inputEntry", inputText(cellAt(row, c.at), c.typ))
		}
		for _, c := range outputs {
			w.entry("outputEntry", outputText(cellAt(row, c.at), c.typ))
		}
		w.b.WriteString("</rule>\n")
	}
	if rules == 0 {
		return nil, errNoRows
	}
	w.line("    </decisionTable>\n  </decision>\n</definitions>")
	return []byte(w.b.String()), nil
}

func attribute(name, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf(` %s="%s"`, name, value)
}

func cellAt(row []Cell, column int) Cell {
	if column < len(row) {
		return Cell{strings.TrimSpace(row[column].Text), row[column].Number}
	}
	return Cell{}
}

func blank(row []Cell) bool {
	for _, c := range row {
		if strings.TrimSpace(c.Text) != "" {
			return false
		}
	}
	return true
}

// columnsOf reads the first two rows.
func columnsOf(headings, kinds []Cell) (inputs, outputs []column, err error) {
	taken := map[string]int{}
	for at := range max(len(headings), len(kinds)) {
		c := column{at: at, name: cellAt(headings, at).Text}
		declared, values, _ := strings.Cut(cellAt(kinds, at).Text, ":")
		kind, typ, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(declared), " ")), " ")
		c.kind, c.values = kind, strings.TrimSpace(values)
		if kind == "note" || kind == "" && c.name == "" {
			continue
		}
		place := fmt.Sprintf("column %d (%q)", at+1, c.name)
		if kind != "input" && kind != "output" {
			return nil, nil, fmt.Errorf("%s: its second row says %q; want input, output or note, and a type such as in \"input number\"", place, cellAt(kinds, at).Text)
		}
		var known bool
		if c.typ, known = types[typ]; !known {
			return nil, nil, fmt.Errorf("%s: no type %q; want number, string, boolean, date, time, date and time, days and time duration or years and months duration", place, typ)
		}
		if err := checkName(c.name); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", place, err)
		}
		if former, twice := taken[kind+c.name]; twice {
			return nil, nil, fmt.Errorf("%s: column %d is an %s of the same name", place, former+1, kind)
		}
		taken[kind+c.name] = at
		if kind == "input" {
			inputs = append(inputs, c)
		} else {
			outputs = append(outputs, c)
		}
	}
	if len(inputs) == 0 || len(outputs) == 0 {
		return nil, nil, fmt.Errorf("%d inputs and %d outputs; want one of each at least: the second row says which columns they are", len(inputs), len(outputs))
	}
	return inputs, outputs, nil
}

// checkName refuses headings that FEEL could not name.
func checkName(name string) error {
	for i, c := range name {
		if !unicode.IsLetter(c) && c != '_' && (i == 0 || !unicode.IsDigit(c) && c != ' ') {
			return fmt.Errorf("%q is no name: want letters, digits, spaces and _, a letter in front", name)
		}
	}
	if name == "" || len(name) > 128 {
		return fmt.Errorf("want a name of 1 to 128 bytes")
	}
	return nil
}

type writer struct{ b strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

func (w *writer) entry(element, text string) {
	fmt.Fprintf(&w.b, "<%s><text>%s</text></%s>", element, escaped(text), element)
}

func (w *writer) head(decision string, inputs, outputs []column) {
	w.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	w.line(`<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:table:%s" name="%s">`,
		escaped(strings.ReplaceAll(decision, " ", "-")), escaped(decision))
	result := outputs[0].typ
	if len(outputs) > 1 {
		result = "t" + strings.ReplaceAll(decision, " ", "")
		w.line(`  <itemDefinition name="%s">`, escaped(result))
		for _, c := range outputs {
			w.line(`    <itemComponent name="%s"><typeRef>%s</typeRef></itemComponent>`, escaped(c.name), c.typ)
		}
		w.line(`  </itemDefinition>`)
	}
	for i, c := range inputs {
		w.line(`  <inputData id="input%d" name="%s"><variable name="%s" typeRef="%s"/></inputData>`, i+1, escaped(c.name), escaped(c.name), c.typ)
	}
	w.line(`  <decision id="decision" name="%s">`, escaped(decision))
	w.line(`    <variable name="%s"%s/>`, escaped(decision), attribute("typeRef", escaped(result)))
	for i := range inputs {
		w.line(`    <informationRequirement><requiredInput href="#input%d"/></informationRequirement>`, i+1)
	}
}

func (w *writer) columns(inputs, outputs []column, decision string) {
	values := func(element, text string) string {
		if text == "" {
			return ""
		}
		return fmt.Sprintf("<%s><text>%s</text></%s>", element, escaped(text), element)
	}
	for _, c := range inputs {
		w.line(`      <input><inputExpression typeRef="%s"><text>%s</text></inputExpression>%s</input>`, c.typ, escaped(c.name), values("inputValues", c.values))
	}
	for _, c := range outputs {
		name := c.name
		if len(outputs) == 1 {
			name = decision
		}
		w.line(`      <output name="%s" typeRef="%s">%s</output>`, escaped(name), c.typ, values("outputValues", c.values))
	}
}

// inputText is a cell as unary tests.
func inputText(c Cell, typ string) string {
	switch {
	case c.Text == "" || c.Text == "-":
		return "-"
	case strings.HasPrefix(c.Text, "="):
		return strings.TrimSpace(c.Text[1:])
	case typ == "string" && !strings.Contains(c.Text, `"`) && c.Text != "null":
		return quoted(c.Text)
	}
	return temporal(c, typ)
}

// outputText is a cell as an expression.
func outputText(c Cell, typ string) string {
	switch {
	case c.Text == "":
		return "null"
	case strings.HasPrefix(c.Text, "="):
		return strings.TrimSpace(c.Text[1:])
	case typ == "string" && !(len(c.Text) > 1 && strings.HasPrefix(c.Text, `"`) && strings.HasSuffix(c.Text, `"`)):
		return quoted(c.Text)
	}
	return temporal(c, typ)
}

func quoted(text string) string { return feel.Text(feel.String(text)) }

// literalForms are dates, times and durations as people write them in cells.
var literalForms = map[string]struct {
	form     *regexp.Regexp
	function string
}{
	"date":                      {regexp.MustCompile(`\d{4}-\d\d-\d\d`), "date"},
	"time":                      {regexp.MustCompile(`\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`), "time"},
	"date and time":             {regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`), "date and time"},
	"days and time duration":    {regexp.MustCompile(`-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?`), "duration"},
	"years and months duration": {regexp.MustCompile(`-?P(\d+Y)?(\d+M)?`), "duration"},
}

// temporal puts the literals of a cell, where FEEL has none of their own, into the
// functions that make them.
func temporal(c Cell, typ string) string {
	literal, ok := literalForms[typ]
	switch {
	case !ok || strings.Contains(c.Text, `"`):
		return c.Text
	case c.Number && typ == "date":
		if text, ok := serialDate(c.Text); ok {
			return fmt.Sprintf(`date("%s")`, text)
		}
	}
	return literal.form.ReplaceAllStringFunc(c.Text, func(text string) string { return fmt.Sprintf(`%s("%s")`, literal.function, text) })
}

// serialDate is a day as spreadsheets count them, from 1899-12-30 on.
func serialDate(text string) (string, bool) {
	days, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return "", false
	}
	epoch, _ := calendar.NewDate(1899, 12, 30)
	d, ok := calendar.DateOfDays(epoch.Days() + days)
	return d.String(), ok
}
