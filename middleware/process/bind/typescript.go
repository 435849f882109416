package bind

import (
	_ "embed" // the functions that every binding needs
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/source"
)

//go:embed runtime.ts
var typescriptRuntime string

// TypeScript writes a module with types Roles and Start and, for the start and
// each step, a function that makes the call: address, abi, functionName and args,
// as viem's writeContract takes them.
func TypeScript(target Target) ([]byte, error) {
	p, err := newPlan(target)
	if err != nil {
		return nil, err
	}
	w := &source.Writer{}
	process := &p.Model.Processes[p.Process]
	w.Line(0, "// Made by `cybermiles process bind`. Do not edit.")
	w.Line(0, "import { process } from '@cybermiles/contracts'\n")
	w.Line(0, "/** Names the model of the process %s: what it does never changes. */", oneLine(process.ID))
	w.Line(0, "export const model = %s as const", quote(p.Model.Hash.Hex()))
	w.Line(0, "export const processId = %s as const\n", quote(process.ID))
	w.Line(0, "/** The nodes of steps, as tasks name them. */")
	w.Line(0, "export const nodes = {")
	for _, s := range p.steps {
		w.Line(1, "%s: %d,", s.ident, s.Node)
	}
	w.Line(0, "} as const\n")
	w.Line(0, "/** Who has which role. */")
	w.Line(0, "export interface Roles {")
	for _, role := range p.roles {
		w.Line(1, "%s?: Hex", role.ident)
	}
	w.Line(0, "}")
	for _, s := range append([]step{p.start}, p.steps...) {
		typescriptStruct(w, &s)
	}
	p.typescriptStart(w)
	for i := range p.steps {
		typescriptStep(w, &p.steps[i])
	}
	for _, s := range append([]step{p.start}, p.steps...) {
		typescriptPack(w, &s)
	}
	w.WriteString("\n" + typescriptRuntime)
	return []byte(strings.ReplaceAll(w.String(), "    ", "  ")), nil
}

// quote is a text as a literal.
func quote(s string) string {
	text, _ := json.Marshal(s) // a string always encodes
	return string(text)
}

func typescriptStruct(w *source.Writer, s *step) {
	if len(s.fields) == 0 {
		return
	}
	w.Gap(0, "/** %s. What is left out is null. */", s.title())
	w.Line(0, "export interface %s {", s.pascal)
	for _, f := range s.fields {
		w.Line(1, "%s?: %s", f.scaled(), f.typescript())
	}
	w.Line(0, "}")
}

// typescript is a field's type.
func (f field) typescript() string {
	name := map[feel.TypeKind]string{
		feel.TypeNumber: "bigint", feel.TypeString: "string", feel.TypeBoolean: "boolean", feel.TypeDate: "bigint", feel.TypeTime: "string",
		feel.TypeDateTime: "bigint", feel.TypeDuration: "bigint", feel.TypeMonths: "bigint", feel.TypeAny: "Hex",
	}[f.kind]
	if f.list {
		return name + "[]"
	}
	return name
}

func (p *plan) typescriptStart(w *source.Writer) {
	taken, packed := ", variables: Start", "packStart(variables)"
	if len(p.start.fields) == 0 {
		taken, packed = "", "'0x'"
	}
	w.Gap(0, "/** Starts an instance; what the transaction gives beyond depositWei the instance holds. */")
	w.Line(0, "export function start(roles: Roles%s, depositWei = 0n) {", taken)
	w.Line(1, "const list: { role: string; account: Hex }[] = []")
	for _, role := range p.roles {
		w.Line(1, "if (roles.%s) list.push({ role: %s, account: roles.%s })", role.ident, quote(role.name), role.ident)
	}
	w.Line(1, "return { ...process, functionName: 'start', args: [model, processId, list, %s, depositWei] } as const", packed)
	w.Line(0, "}")
}

func typescriptStep(w *source.Writer, s *step) {
	taken, packed := ", variables: "+s.pascal, fmt.Sprintf("pack%s(variables)", s.pascal)
	if len(s.fields) == 0 {
		taken, packed = "", "'0x' as Hex"
	}
	w.Gap(0, "/** %s. */", s.title())
	if s.message() {
		w.Line(0, "export function %s(key: string%s) {", s.ident, taken)
		w.Line(1, "return { ...process, functionName: 'correlate', args: [%s, key, %s] } as const", quote(s.Events), packed)
	} else {
		w.Line(0, "export function %s(instance: bigint, token: number%s) {", s.ident, taken)
		w.Line(1, "return { ...process, functionName: 'complete', args: [instance, token, %s] } as const", packed)
	}
	w.Line(0, "}")
}

func typescriptPack(w *source.Writer, s *step) {
	if len(s.fields) == 0 {
		return
	}
	w.Gap(0, "function pack%s(v: %s): Hex {", s.pascal, s.pascal)
	w.Line(1, "let count = 0, body = ''")
	for _, f := range s.fields {
		value := "v." + f.scaled()
		pack := f.typescriptPack(value)
		if f.list {
			pack = fmt.Sprintf("'0b' + int(BigInt(%s.length), 4) + %s.map((item) => %s).join('')", value, value, f.typescriptPack("item"))
		}
		w.Line(1, "if (%s !== undefined) {", value)
		w.Line(2, "count++")
		w.Line(2, "body += '%04x%s' + %s", len(f.name), hex.EncodeToString([]byte(f.name)), pack)
		w.Line(1, "}")
	}
	w.Line(1, "return `0x0c${int(BigInt(count), 2)}${body}`")
	w.Line(0, "}")
}

func (f field) typescriptPack(value string) string {
	switch f.kind {
	case feel.TypeNumber:
		return fmt.Sprintf("'01' + int(%dn, 2) + int(%s, 16)", -f.decimals, value)
	case feel.TypeString:
		return fmt.Sprintf("text('02', %s)", value)
	case feel.TypeTime:
		return fmt.Sprintf("text('06', %s)", value)
	case feel.TypeBoolean:
		return fmt.Sprintf("(%s ? '04' : '03')", value)
	case feel.TypeDate:
		return fmt.Sprintf("'05' + int(%s, 8)", value)
	case feel.TypeDateTime:
		return fmt.Sprintf("'08' + int(%s, 8)", value)
	case feel.TypeMonths:
		return fmt.Sprintf("'0a' + int(%s, 8)", value)
	case feel.TypeDuration:
		return fmt.Sprintf("'09' + int(%s, 8) + '00000000'", value)
	}
	return value + ".slice(2)"
}
