package bind

import (
	_ "embed" // what every TypeScript binding needs
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

//go:embed runtime.ts
var tsRuntime string

// The types of values in TypeScript, and what writes and reads them.
var tsKinds = map[feel.TypeKind]struct{ typ, write, read string }{
	feel.TypeNumber:   {"string", "w.number(%s)", "r.number(%s)"},
	feel.TypeString:   {"string", "w.text(0x02, %s)", "r.text(0x02, %s)"},
	feel.TypeBoolean:  {"boolean", "w.boolean(%s)", "r.boolean(%s)"},
	feel.TypeDate:     {"string", "w.date(%s)", "r.date(%s)"},
	feel.TypeTime:     {"string", "w.text(0x06, %s)", "r.text(0x06, %s)"},
	feel.TypeDateTime: {"string", "w.text(0x07, %s)", "r.dateTime(%s)"},
	feel.TypeDuration: {"Duration", "w.duration(%s)", "r.duration(%s)"},
	feel.TypeMonths:   {"number", "w.months(%s)", "r.months(%s)"},
}

// tsType is a type; what is given to the model may be any number.
func tsType(s *shape, given bool) string {
	switch s.kind {
	case feel.TypeList:
		if given {
			return "readonly (" + tsType(s.elem, given) + ")[]"
		}
		return tsType(s.elem, given) + "[]"
	case feel.TypeContext:
		return s.solidity
	case feel.TypeNumber:
		if given {
			return "NumberLike"
		}
	}
	if k, ok := tsKinds[s.kind]; ok {
		return k.typ
	}
	return "Hex"
}

func tsWrite(s *shape, x string) string {
	switch s.kind {
	case feel.TypeList:
		return fmt.Sprintf("w.list(%s, (item) => %s)", x, tsWrite(s.elem, "item"))
	case feel.TypeContext:
		return fmt.Sprintf("write%s(w, %s)", s.solidity, x)
	}
	if k, ok := tsKinds[s.kind]; ok {
		return fmt.Sprintf(k.write, x)
	}
	return fmt.Sprintf("w.raw(%s)", x)
}

func tsRead(s *shape, what string) string {
	switch s.kind {
	case feel.TypeList:
		return fmt.Sprintf("r.list(%s, () => %s)", what, tsRead(s.elem, what))
	case feel.TypeContext:
		return fmt.Sprintf("read%s(r)", s.solidity)
	}
	if k, ok := tsKinds[s.kind]; ok {
		return fmt.Sprintf(k.read, what)
	}
	return "r.any()"
}

// jsText is a text as a literal of JavaScript.
func jsText(s string) string {
	text, _ := json.Marshal(s) // escapes what ends a line, too
	return string(text)
}

// TypeScript writes a module with types Input and Output and evaluate for one
// decision.
func TypeScript(target Target) ([]byte, error) {
	target.Decimals, target.Scales = 0, nil
	b, err := bindDecision(target, typescript, tsReserved...)
	if err != nil {
		return nil, err
	}
	w := &writer{}
	w.tsHead(fmt.Sprintf("Decision %s of the model %s.", quoted(target.Decision), quoted(target.Model.Name)), target.Hash.Hex())
	w.Line(0, "/** What is evaluated. */\nexport const decision = %s", jsText(target.Decision))
	given, got := reach(b.in), reach(b.out)
	for _, s := range b.structs {
		w.tsInterface(s, given[s] && !got[s])
		if given[s] {
			w.tsWriter(s)
		}
		if got[s] && !(s == b.out && b.boxed) {
			w.tsReader(s)
		}
	}
	read := "readOutput(r)"
	if b.boxed {
		f := b.out.fields[0]
		read = fmt.Sprintf("{ %s: %s }", f.ident, tsRead(f.shape, jsText(f.name)))
	}
	w.Line(0, tsEvaluate, read)
	w.WriteString(tsRuntime)
	return []byte(w.String()), nil
}

// tsReserved are names that the code has anyhow.
var tsReserved = []string{"Hex", "NumberLike", "Duration", "Chain", "NoResult", "Writer", "Reader", "Stored", "Result"}

// reach are the structs within a struct, and itself.
func reach(s *shape) map[*shape]bool {
	found := map[*shape]bool{}
	var walk func(*shape)
	walk = func(s *shape) {
		if s == nil || found[s] {
			return
		}
		found[s] = true
		walk(s.elem)
		for _, f := range s.fields {
			walk(f.shape)
		}
	}
	walk(s)
	return found
}

const tsEvaluate = `
const abi = [{ type: 'function', name: 'evaluate', stateMutability: 'view', inputs: [{ name: 'model', type: 'bytes32' }, { name: 'decision', type: 'string' }, { name: 'input', type: 'bytes' }], outputs: [{ name: 'output', type: 'bytes' }] }] as const

/** The inputs in the wire form. */
export function pack(input: Input): Hex {
  const w = new Writer()
  writeInput(w, input)
  return w.toHex()
}

/** Reads what the decision answers. */
export function unpack(data: Hex): Output {
  const r = new Reader(data)
  const output: Output = %s
  r.end()
  return output
}

/** Evaluates the decision on a chain. */
export async function evaluate(chain: Chain, input: Input): Promise<Output> {
  return unpack((await chain.readContract({ address: rulesAddress, abi, functionName: 'evaluate', args: [model, decision, pack(input)] })) as Hex)
}`

func (w *writer) tsHead(what, hash string) {
	w.Line(0, "// Made by `cybermiles rules bind`. Do not edit.")
	w.Line(0, "// %s", what)
	w.Line(0, "// Numbers are texts with all their digits; bytes are values in the wire form.\n")
	w.Line(0, "export type Hex = `0x${string}`\n")
	w.Line(0, "/** A number that is given: what a text, a number or a bigint spells. */\nexport type NumberLike = string | number | bigint\n")
	w.Line(0, "export interface Duration {\n  seconds: bigint\n  nanos: number\n}\n")
	w.Line(0, "/** A client of viem, or anything with its readContract. */")
	w.Line(0, "export interface Chain {\n  // eslint-disable-next-line @typescript-eslint/no-explicit-any\n  readContract(call: any): Promise<unknown>\n}\n")
	w.Line(0, "export const rulesAddress = '0x000000000000000000000000000000000000c101' as const\n")
	w.Line(0, "/** What is pinned by its hash: it never changes. */\nexport const model = '%s' as const\n", hash)
}

func (w *writer) tsInterface(s *shape, given bool) {
	w.Gap(0, "export interface %s {", s.solidity)
	for _, f := range s.fields {
		w.Line(0, "  /** %s */\n  %s: %s", strings.ReplaceAll(quoted(f.name), "*/", "* /"), f.ident, tsType(f.shape, given))
	}
	w.Line(0, "}")
}

func (w *writer) tsWriter(s *shape) {
	w.Gap(0, "function write%s(w: Writer, v: %s): void {", s.solidity, s.solidity)
	w.Line(0, "  w.uint(1, 0x0c).uint(2, %d)", len(s.fields))
	if len(s.fields) == 0 {
		w.Line(0, "  void v")
	}
	for _, f := range s.fields {
		w.Line(0, "  w.key(%s)\n  %s", jsText(f.name), tsWrite(f.shape, "v."+f.ident))
	}
	w.Line(0, "}")
}

func (w *writer) tsReader(s *shape) {
	w.Gap(0, "function read%s(r: Reader): %s {", s.solidity, s.solidity)
	w.Line(0, "  return r.context<%s>(%s, {", s.solidity, jsText(s.named()))
	for _, f := range s.fields {
		w.Line(0, "    %s: [%s, () => %s],", jsText(f.name), jsText(f.ident), tsRead(f.shape, jsText(f.name)))
	}
	w.Line(0, "  })\n}")
}

// RulesTypeScript writes a module with a type for each template and each result of
// a rule set, and functions that pack and read them.
func RulesTypeScript(target RuleTarget) ([]byte, error) {
	target.Decimals, target.Scales = 0, nil
	g := &generator{language: typescript}
	taken := map[string]bool{}
	for _, name := range tsReserved {
		taken[name] = true
	}
	templates, results, err := g.ruleSet(target.Rules, taken)
	if err != nil {
		return nil, err
	}
	w := &writer{}
	w.tsHead(fmt.Sprintf("The rule set %s.", quoted(target.Name)), target.Hash.Hex())
	w.Line(0, "%s", tsSession)
	for i, s := range templates {
		w.tsInterface(s, false)
		w.tsTemplate(i, s)
	}
	for _, s := range results {
		w.tsInterface(s, false)
		w.tsReader(s)
		w.Gap(0, "/** Reads the fields of a result %s. */", strings.ReplaceAll(quoted(s.source), "*/", "* /"))
		w.Line(0, "export function unpack%s(fields: Hex): %s {\n  const r = new Reader(fields)\n  const v = read%s(r)\n  r.end()\n  return v\n}", s.solidity, s.solidity, s.solidity)
	}
	w.WriteString(tsRuntime)
	return []byte(w.String()), nil
}

const tsSession = `/** A fact of a session. */
export interface Stored<T> {
  id: bigint
  logical: boolean
  fact: T
}

/** What a rule emitted. */
export interface Result {
  rule: string
  name: string
  fields: Hex
}

interface Fact {
  id: bigint
  template: number
  logical: boolean
  slots: Hex
}

const factParts = [{ name: 'id', type: 'uint64' }, { name: 'template', type: 'uint32' }, { name: 'logical', type: 'bool' }, { name: 'slots', type: 'bytes' }] as const
const resultParts = [{ name: 'rule', type: 'string' }, { name: 'name', type: 'string' }, { name: 'fields', type: 'bytes' }] as const
const abi = [
  { type: 'function', name: 'query', stateMutability: 'view', inputs: [{ name: 'session', type: 'uint64' }, { name: 'template', type: 'uint32' }, { name: 'cursor', type: 'uint64' }, { name: 'limit', type: 'uint64' }], outputs: [{ name: 'facts', type: 'tuple[]', components: factParts }, { name: 'next', type: 'uint64' }] },
  { type: 'function', name: 'run', stateMutability: 'view', inputs: [{ name: 'model', type: 'bytes32' }, { name: 'facts', type: 'bytes[]' }], outputs: [{ name: 'results', type: 'tuple[]', components: resultParts }, { name: 'left', type: 'tuple[]', components: factParts }] },
] as const

/** Runs the rules on packed facts; nothing stays. */
export async function run(chain: Chain, facts: readonly Hex[]): Promise<{ results: Result[]; left: { id: bigint; template: number; logical: boolean; slots: Hex }[] }> {
  const [results, left] = (await chain.readContract({ address: rulesAddress, abi, functionName: 'run', args: [model, facts] })) as [Result[], Fact[]]
  return { results, left }
}

async function query<T>(chain: Chain, session: bigint, template: number, unpack: (slots: Hex) => T): Promise<Stored<T>[]> {
  const list: Stored<T>[] = []
  for (let cursor = 0n; ; ) {
    const [facts, next] = (await chain.readContract({ address: rulesAddress, abi, functionName: 'query', args: [session, template, cursor, 200n] })) as [Fact[], bigint]
    for (const f of facts) list.push({ id: f.id, logical: f.logical, fact: unpack(f.slots) })
    if (next === 0n) return list
    cursor = next
  }
}`

func (w *writer) tsTemplate(place int, s *shape) {
	t := s.solidity
	w.Gap(0, "/** A fact as insert, insertMany and update of the contract take it. */")
	w.Line(0, "export function pack%s(v: %s): Hex {\n  const w = new Writer().uint(2, %d)", t, t, place)
	for _, f := range s.fields {
		w.Line(0, "  %s", tsWrite(f.shape, "v."+f.ident))
	}
	if len(s.fields) == 0 {
		w.Line(0, "  void v")
	}
	w.Line(0, "  return w.toHex()\n}")
	w.Gap(0, "/** Reads the slots of a fact. */")
	w.Line(0, "export function unpack%s(slots: Hex): %s {\n  const r = new Reader(slots)\n  const v: %s = {", t, t, t)
	for _, f := range s.fields {
		w.Line(0, "    %s: %s,", f.ident, tsRead(f.shape, jsText(f.name)))
	}
	w.Line(0, "  }\n  r.end()\n  return v\n}")
	w.Gap(0, "/** Lists the facts of a session. */")
	w.Line(0, "export function query%s(chain: Chain, session: bigint): Promise<Stored<%s>[]> {\n  return query(chain, session, %d, unpack%s)\n}", t, t, place, t)
}
