package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// query is what a PromQL expression asks for.
type query struct{ metrics, labels []string }

// The tokens of PromQL, as far as the files here use it.
var queryToken = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`(?P<space>\s+)`,
	`(?P<matchers>\{[a-z_]+(?:=~|!~|!=|=)"[^"]*"(?:,\s*[a-z_]+(?:=~|!~|!=|=)"[^"]*")*\})`,
	`(?P<range>\[(?:\d+[smhd]|\$__rate_interval)\])`,
	`(?P<grouping>(?:by|without|on|ignoring|group_left|group_right)\s*\([a-z_,\s]*\))`,
	`(?P<duration>offset \d+[smhd]\b)`,
	`(?P<number>\d+(?:\.\d+)?(?:e\d+)?\b)`,
	`(?P<set>(?:and|or|unless)\b)`,
	`(?P<function>[a-z_]+\b\s*\()`,
	`(?P<aggregation>(?:sum|max|min|avg|count)\b)`,
	`(?P<name>[a-z_][a-z0-9_]*\b)`,
	`(?P<operator>==|!=|>=|<=|[-+*/<>])`,
	`(?P<open>\()`, `(?P<close>\))`, `(?P<comma>,)`,
}, "|") + `)`)

var queryFunctions = []string{
	"changes", "clamp_min", "deriv", "histogram_quantile", "increase", "max", "max_over_time",
	"min", "min_over_time", "predict_linear", "rate", "sum", "time",
}

var queryMatcher = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"[^"]*"`)

// readQuery refuses an expression that is not of the part of PromQL above, such
// as one with an unknown function, an open parenthesis or a missing operand.
func readQuery(text string) (q query, err error) {
	depth, operand := 0, false // operand: a value stands to the left
	for rest := text; rest != ""; {
		match := queryToken.FindStringSubmatch(rest)
		if match == nil {
			return q, fmt.Errorf("not PromQL from %q on", rest)
		}
		kind := slices.IndexFunc(match[1:], func(s string) bool { return s != "" }) + 1
		token, name := match[0], queryToken.SubexpNames()[kind]
		rest = rest[len(token):]
		switch name {
		case "name", "number", "function", "open":
			if operand {
				return q, fmt.Errorf("%q follows a value", token)
			}
		case "operator", "set", "comma", "matchers", "range", "duration":
			if !operand {
				return q, fmt.Errorf("%q needs a value to its left", token)
			}
		}
		switch name {
		case "name":
			q.metrics = append(q.metrics, token)
			operand = true
		case "number":
			operand = true
		case "matchers":
			for _, m := range queryMatcher.FindAllStringSubmatch(token, -1) {
				q.labels = append(q.labels, m[1])
			}
		case "grouping":
			_, list, _ := strings.Cut(token, "(")
			for label := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(" ,)", r) }) {
				q.labels = append(q.labels, label)
			}
		case "function":
			if f := strings.TrimRight(token, "( \n"); !slices.Contains(queryFunctions, f) {
				return q, fmt.Errorf("unknown function %s", f)
			}
			depth++
		case "open":
			depth++
		case "close":
			if depth--; depth < 0 {
				return q, fmt.Errorf("a parenthesis too many in %q", text)
			}
			operand = true
		case "operator", "set", "comma":
			operand = false
		}
	}
	if depth != 0 || !operand {
		return q, fmt.Errorf("%q is not complete", text)
	}
	return q, nil
}
