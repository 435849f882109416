// What NatSpec must say about an interface: every function, event, error, type and parameter, since help texts, error
// messages and pages are made from it. solc checks that what is documented exists; here it is checked that what exists
// is documented.

/**
 * Checks the documentation of a compiled interface. Returns its structs and enums with their members,
 * { "IStaking.State": { kind, notice, members: [{ name, notice }] } }, and what is missing as a list of sentences.
 */
export function document({ abi, devdoc, userdoc }, compiledSources, sources) {
  const faults = []
  if (!userdoc.notice) faults.push('the interface needs a @notice: one sentence of what it is for')
  for (const entry of abi) faults.push(...entryFaults(entry, devdoc, userdoc))
  const types = {}
  for (const name of typeNames(abi)) {
    const definition = findDefinition(name, compiledSources)
    types[name] = describeType(definition, sources)
    if (definition.source.startsWith('@cybermiles/')) faults.push(...typeFaults(name, types[name]))
  }
  return { types, faults }
}

function signature({ name, inputs }) {
  const canonical = ({ type, components }) =>
    type.startsWith('tuple') ? `(${components.map(canonical).join(',')})${type.slice('tuple'.length)}` : type
  return `${name}(${inputs.map(canonical).join(',')})`
}

function entryFaults(entry, devdoc, userdoc) {
  if (entry.type === 'receive') return [] // has no words of its own
  const words = { function: 'methods', event: 'events', error: 'errors' }[entry.type]
  if (!words) return [`${entry.type} has no place in the interface of a contract in Go`]
  const called = signature(entry)
  const say = (what) => `${entry.type} ${called}: ${what}`
  const first = (docs) => [docs?.[words]?.[called]].flat()[0]
  const [dev, user] = [first(devdoc), first(userdoc)]
  const faults = []
  if (!user?.notice) faults.push(say('@notice is missing'))
  for (const { name } of entry.inputs) {
    if (!name) faults.push(say('a parameter has no name'))
    else if (!dev?.params?.[name]) faults.push(say(`@param ${name} is missing`))
  }
  for (const [i, { name }] of (entry.outputs ?? []).entries()) {
    if (!dev?.returns?.[name || `_${i}`]) faults.push(say(`@return ${name || `number ${i + 1}`} is missing`))
  }
  return faults
}

/** The structs and enums an ABI mentions, by their Solidity names, sorted. */
function typeNames(abi) {
  const names = new Set()
  const visit = ({ internalType, components, inputs, outputs }) => {
    const match = /^(?:struct|enum) ([\w.]+)/.exec(internalType ?? '')
    if (match) names.add(match[1])
    for (const child of [...(components ?? []), ...(inputs ?? []), ...(outputs ?? [])]) visit(child)
  }
  abi.forEach(visit)
  return [...names].sort()
}

function findDefinition(name, compiledSources) {
  for (const [source, { ast }] of Object.entries(compiledSources)) {
    const pending = [ast]
    while (pending.length > 0) {
      const node = pending.pop()
      const defines = node.nodeType === 'StructDefinition' || node.nodeType === 'EnumDefinition'
      if (defines && node.canonicalName === name) return { source, node }
      pending.push(...(node.nodes ?? []))
    }
  }
  throw new Error(`the compiler's tree has no type ${name}`)
}

function describeType({ source, node }, sources) {
  const text = node.documentation?.text ?? ''
  const members = node.members.map((member) => ({
    name: member.name,
    notice: tag(text, `@param ${member.name}`) || precedingComment(member, sources[source]?.content),
  }))
  const notice = tag(text, '@notice') || clean(text.split('@')[0])
  return { kind: node.nodeType === 'EnumDefinition' ? 'enum' : 'struct', notice, members }
}

function tag(text, name) {
  const start = text.search(new RegExp(`${name}\\s`))
  if (start < 0) return ''
  return clean(text.slice(start + name.length).split(/\n\s*@/)[0])
}

/** The `///` lines directly above a member; the tree has them for enums only. */
function precedingComment(member, content) {
  if (content === undefined) return ''
  const offset = Number(member.src.split(':')[0])
  const lines = Buffer.from(content).subarray(0, offset).toString().split('\n')
  if (lines.pop().trim() !== '') return '' // it does not begin its line
  const comment = []
  while (/^\s*\/\/\//.test(lines.at(-1) ?? '')) comment.unshift(lines.pop().replace(/^\s*\/\/\/\s?/, ''))
  return clean(comment.join(' ').replace(/^@(notice|dev)\s/, ''))
}

const clean = (text) => text.replace(/\s+/g, ' ').trim()

function typeFaults(name, { kind, notice, members }) {
  const faults = notice ? [] : [`${kind} ${name}: @notice is missing`]
  for (const member of members) {
    if (!member.notice) faults.push(`${kind} ${name}: a /// line above ${member.name} is missing`)
  }
  return faults
}

/** The fixed address that an interface names; one that is called as its folder must have one. */
export function addressOf({ folder, name }, devdoc) {
  const address = devdoc['custom:address']?.trim()
  if (address === undefined) {
    const required = name.slice(1).toLowerCase() === folder.replaceAll(/[_-]/g, '')
    return required ? { fault: 'the interface needs @custom:address 0x…, the contract\'s fixed address' } : {}
  }
  if (!/^0x[0-9a-f]{40}$/.test(address)) return { fault: `@custom:address ${address}: write 0x and 40 lower-case hex digits` }
  return { address }
}
