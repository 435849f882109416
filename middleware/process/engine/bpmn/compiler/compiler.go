// Package compiler reads BPMN 2.0 XML, holds it against the rules of the
// standard and compiles executable processes into the model of package bpmn.
//
// It runs where models are deployed from, outside consensus, and is the only
// package of the engine that reads XML. It refuses document type declarations,
// imports, models that break a rule, and what the engine would not execute, each
// with the rule's name and the line.
package compiler

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// Options say how strict a compilation is.
type Options struct {
	// Tolerant lets models pass that break only rules without which they can be
	// executed all the same; see the README for the list.
	Tolerant bool
}

// tolerated are the rules that a tolerant compilation only warns of: how data
// are documented, names, and what vocabularies of other engines leave out.
var tolerated = map[string]bool{
	"EXT001": true, "EXT020": true, "EXT024": true, "EXT042": true, "EXT044": true, "EXT045": true, "EXT048": true, "EXT052": true, "EXT053": true,
	"EXT076": true, "EXT084": true, "EXT088": true, "EXT091": true, "EXT093": true, "EXT094": true, "EXT124": true, "EXT125": true, "EXT127": true,
	"EXT128": true, "EXT145": true,
}

// Parse reads a file without judging the model in it.
func Parse(data []byte) (*Element, error) { return parseXML(data) }

// Check holds a model against the rules of BPMN 2.0.
func Check(root *Element) Diagnostics { return newChecker(root).check() }

// Compile turns a file into a model that is ready to run. What breaks a rule is
// a Diagnostics error; the diagnostics returned beside a model are warnings.
func Compile(data []byte, options Options) (*bpmn.Model, Diagnostics, error) {
	root, err := parseXML(data)
	if err != nil {
		return nil, nil, err
	}
	c := newChecker(root)
	c.check()
	broken, warnings := split(c.diagnostics, options)
	if len(broken) > 0 {
		return nil, warnings, broken
	}
	c.diagnostics = nil
	model := newBuilder(root, c, options).build()
	broken, more := split(c.diagnostics, options)
	if warnings = append(warnings, more...); len(broken) > 0 {
		return nil, warnings, broken
	}
	// What is run is what the chain would decode.
	if model, err = bpmn.Decode(model.Encode()); err != nil {
		return nil, warnings, fmt.Errorf("the compiled model does not verify: %w", err)
	}
	return model, warnings, nil
}

func split(all Diagnostics, options Options) (broken, warnings Diagnostics) {
	for _, d := range all {
		if options.Tolerant && tolerated[d.Rule] {
			warnings = append(warnings, d)
		} else {
			broken = append(broken, d)
		}
	}
	return broken, warnings
}
