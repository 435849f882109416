package compiler

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed references.txt
var referencesText string

// reference is an attribute or child that names another element.
type reference struct {
	from, name string
	targets    []string
	any        bool // names whatever there is
	open       bool // may name what is in another file
}

var (
	groups     = readGroups(referencesText)
	references = readReferences(referencesText)
)

// lines are the words of each line that is no comment.
func lines(text string) (out [][]string) {
	for _, line := range strings.Split(text, "\n") {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			out = append(out, words)
		}
	}
	return out
}

func readGroups(text string) map[string][]string {
	groups := map[string][]string{}
	for _, words := range lines(text) {
		if words[0] == "=" {
			groups[words[1]] = words[2:]
		}
	}
	return groups
}

func readReferences(text string) []reference {
	var out []reference
	for _, words := range lines(text) {
		if words[0] == "=" {
			continue
		}
		r := reference{name: words[1]}
		for _, w := range words[2:] {
			switch w {
			case "?":
				r.open = true
			case "*":
				r.any = true
			default:
				r.targets = append(r.targets, expand(w)...)
			}
		}
		for _, from := range expand(words[0]) {
			r.from = from
			out = append(out, r)
		}
	}
	return out
}

// expand lists the elements of a group; an element stands for itself.
func expand(w string) []string {
	members, ok := groups[w]
	if !ok {
		return []string{w}
	}
	var out []string
	for _, m := range members {
		out = append(out, expand(m)...)
	}
	return out
}

// named are the values of a reference: of the attribute or of the children.
func (r reference) named(e *Element) []string {
	if e.has(r.name) {
		return []string{e.Attr(r.name)}
	}
	var out []string
	for _, c := range e.all(r.name) {
		out = append(out, c.Text)
	}
	return out
}

// checkReferences reports names of elements that are not there or are of the
// wrong kind.
func (c *checker) checkReferences() {
	byElement := map[string][]reference{}
	for _, r := range references {
		byElement[r.from] = append(byElement[r.from], r)
	}
	c.root.walk(func(e *Element) {
		for _, r := range byElement[e.Name] {
			for _, name := range r.named(e) {
				c.checkReference(e, r, name)
			}
		}
	})
}

func (c *checker) checkReference(e *Element, r reference, name string) {
	target := c.byID[local(name)]
	prefix, _, qualified := strings.Cut(strings.TrimSpace(name), ":")
	if target == nil {
		if !(qualified && c.imported(prefix)) && !r.open {
			c.report("REF", e, "%s names %q, which is not in the file", r.name, name)
		}
		return
	}
	if r.any || slices.Contains(r.targets, target.Name) {
		return
	}
	rule := "REF"
	if target.is("association", "group", "textAnnotation") {
		if id, ok := artifactRules[e.Name+" "+r.name]; ok {
			rule = id
		}
	}
	c.report(rule, e, "%s names %q, a %s", r.name, name, target.Name)
}

// artifactRules name the rules against flows that touch artifacts.
var artifactRules = map[string]string{
	"sequenceFlow targetRef": "EXT006", "sequenceFlow sourceRef": "EXT007",
	"messageFlow targetRef": "EXT008", "messageFlow sourceRef": "EXT009",
}

// imported reports whether a prefix stands for a namespace that the file
// imports, or for one that is not the file's own.
func (c *checker) imported(prefix string) bool {
	space := c.root.AttrNS("xmlns", prefix)
	if space == "" {
		return false
	}
	return space != c.root.Attr("targetNamespace") && space != nsModel
}
