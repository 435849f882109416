package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// metadata is a contract as client/contracts embeds it.
type metadata struct {
	Name    string          `json:"name"`
	Word    string          `json:"word"`
	Part    string          `json:"part"`
	Address string          `json:"address"`
	Title   string          `json:"title,omitempty"`
	Notice  string          `json:"notice"`
	Methods []memberDoc     `json:"methods"`
	Events  []memberDoc     `json:"events,omitempty"`
	Errors  []memberDoc     `json:"errors,omitempty"`
	Types   json.RawMessage `json:"types,omitempty"`
	ABI     json.RawMessage `json:"abi"`
}

// memberDoc documents a method, event or error.
type memberDoc struct {
	Signature string   `json:"signature"`
	Word      string   `json:"word,omitempty"`
	Notice    string   `json:"notice"`
	Details   string   `json:"details,omitempty"`
	System    string   `json:"system,omitempty"`
	Params    []string `json:"params,omitempty"`
	Returns   []string `json:"returns,omitempty"`
}

func addMetadata(files fileSet, interfaces []*Interface) error {
	list := []metadata{}
	for _, one := range fixed(interfaces) {
		described, err := describe(one)
		if err != nil {
			return fmt.Errorf("I%s: %w", one.Name, err)
		}
		list = append(list, described)
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(list); err != nil {
		return err
	}
	files["client/contracts/contracts.json"] = text.String()
	return nil
}

func describe(one *Interface) (metadata, error) {
	m := metadata{
		Name: one.Name, Word: kebab(one.Name), Part: one.Part, Address: one.Address.Hex(),
		Title: one.dev.Title, Notice: one.user.Notice, Types: one.types, ABI: one.rawABI,
	}
	methods := one.sortedMethods()
	words := methodWords(methods)
	seen := map[string]string{}
	for _, method := range methods {
		word := words[method.Sig]
		if other, clash := seen[word]; clash {
			return m, fmt.Errorf("%s and %s are both the word %q: rename one", other, method.Sig, word)
		}
		seen[word] = method.Sig
		m.Methods = append(m.Methods, one.methodDoc(method, word))
	}
	for _, event := range one.sortedEvents() {
		m.Events = append(m.Events, newMemberDoc(event.Sig, one.user.Events[event.Sig], one.dev.Events[event.Sig], event.Inputs))
	}
	for _, e := range one.sortedErrors() {
		m.Errors = append(m.Errors, newMemberDoc(e.Sig, first(one.user.Errors[e.Sig]), first(one.dev.Errors[e.Sig]), e.Inputs))
	}
	return m, nil
}

func (i *Interface) methodDoc(method abi.Method, word string) memberDoc {
	dev := i.dev.Methods[method.Sig]
	doc := newMemberDoc(method.Sig, i.user.Methods[method.Sig], dev, method.Inputs)
	doc.Word = word
	for n, output := range method.Outputs {
		name := output.Name
		if name == "" {
			name = fmt.Sprintf("_%d", n)
		}
		doc.Returns = append(doc.Returns, dev.Returns[name])
	}
	return doc
}

func newMemberDoc(signature string, user noticeDoc, dev paramDoc, inputs abi.Arguments) memberDoc {
	doc := memberDoc{Signature: signature, Notice: user.Notice, Details: dev.Details, System: dev.System}
	for _, input := range inputs {
		doc.Params = append(doc.Params, dev.Params[input.Name])
	}
	return doc
}

// first is the documentation of an error; solc gives a list, as errors of one
// signature may be declared in several places.
func first[T any](list []T) (doc T) {
	if len(list) > 0 {
		doc = list[0]
	}
	return doc
}
