package process

import (
	"encoding/binary"
	"math/bits"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// A set is an ordered set of instances' numbers in storage: those with an open
// task of an account, a job of a type, or waiting for a message or signal. Up to
// six members are in its one slot; more are the leaves of a tree of bits with 256
// branches, so that adding, removing and finding the next member costs the same
// with ten members and with a billion.
type set struct {
	kind byte
	name common.Hash
}

// Kinds of sets.
const (
	tasksOfAccount = 1 + iota
	jobsOfType
	waitForMessage
	waitForSignal
	startByMessage
)

const (
	inlineMembers = 6
	memberBytes   = 5
	setLevels     = memberBytes // of eight bits each
	maxMember     = 1<<(8*memberBytes) - 1
	asTree        = 1 // in the first byte of a set's slot
)

// slot is where a word of the set is: its own for level 0 and branch 0, else
// those of the tree, whose leaves are level 1.
func (s *set) slot(ctx *contract.Context, level int, branch uint64) common.Hash {
	var where [16]byte
	where[0], where[1] = s.kind, byte(level)
	binary.BigEndian.PutUint64(where[8:], branch)
	return ctx.Hash(s.name[:], where[:], setsSlot[:])
}

// members are those of a set that is no tree.
func members(word common.Hash) (list []uint64) {
	for i := range inlineMembers {
		at := word[1+i*memberBytes:]
		member := uint64(at[0])<<32 | uint64(binary.BigEndian.Uint32(at[1:memberBytes]))
		if member == 0 {
			break
		}
		list = append(list, member)
	}
	return list
}

func inline(list []uint64) (word common.Hash) {
	for i, member := range list {
		at := word[1+i*memberBytes:]
		at[0] = byte(member >> 32)
		binary.BigEndian.PutUint32(at[1:], uint32(member))
	}
	return word
}

// insert adds a member.
func (s *set) insert(ctx *contract.Context, member uint64) {
	head := s.slot(ctx, 0, 0)
	word := ctx.Load(head)
	if word[0] == asTree {
		s.plant(ctx, member)
		return
	}
	list := members(word)
	at := 0
	for at < len(list) && list[at] < member {
		at++
	}
	if at < len(list) && list[at] == member {
		return
	}
	list = append(list[:at], append([]uint64{member}, list[at:]...)...)
	if len(list) <= inlineMembers {
		ctx.Store(head, inline(list))
		return
	}
	for _, each := range list {
		s.plant(ctx, each)
	}
	ctx.Store(head, common.Hash{asTree})
}

// plant sets a member's bits.
func (s *set) plant(ctx *contract.Context, member uint64) {
	for level := 1; level <= setLevels; level++ {
		slot := s.slot(ctx, level, member>>(8*level))
		word := ctx.Load(slot)
		empty := word == common.Hash{}
		word = withBit(word, byte(member>>(8*(level-1))), true)
		ctx.Store(slot, word)
		if !empty {
			return
		}
	}
}

// remove takes a member out.
func (s *set) remove(ctx *contract.Context, member uint64) {
	head := s.slot(ctx, 0, 0)
	word := ctx.Load(head)
	if word[0] != asTree {
		var kept []uint64
		for _, each := range members(word) {
			if each != member {
				kept = append(kept, each)
			}
		}
		ctx.Store(head, inline(kept))
		return
	}
	for level := 1; level <= setLevels; level++ {
		slot := s.slot(ctx, level, member>>(8*level))
		word := withBit(ctx.Load(slot), byte(member>>(8*(level-1))), false)
		ctx.Store(slot, word)
		if word != (common.Hash{}) {
			return
		}
	}
	ctx.Store(head, common.Hash{}) // the last one is gone
}

// next is the smallest member that is not below from.
func (s *set) next(ctx *contract.Context, from uint64) (member uint64, ok bool) {
	word := ctx.Load(s.slot(ctx, 0, 0))
	if word[0] != asTree {
		for _, each := range members(word) {
			if each >= from {
				return each, true
			}
		}
		return 0, false
	}
	if from > maxMember {
		return 0, false
	}
	for level := 1; level <= setLevels; level++ {
		first := int(byte(from >> (8 * (level - 1))))
		if level > 1 {
			first++ // what is below this branch has been seen
		}
		branch := from >> (8 * level)
		bit, found := bitFrom(ctx.Load(s.slot(ctx, level, branch)), first)
		if !found {
			continue
		}
		member = branch<<8 | uint64(bit)
		for level--; level >= 1; level-- {
			bit, _ = bitFrom(ctx.Load(s.slot(ctx, level, member)), 0)
			member = member<<8 | uint64(bit)
		}
		return member, true
	}
	return 0, false
}

func withBit(word common.Hash, bit byte, set bool) common.Hash {
	mask := byte(1) << (bit & 7)
	if set {
		word[bit>>3] |= mask
	} else {
		word[bit>>3] &^= mask
	}
	return word
}

// bitFrom is the first bit of a word from one on.
func bitFrom(word common.Hash, first int) (bit int, found bool) {
	for i := first >> 3; i < len(word); i++ {
		b := word[i]
		if i == first>>3 {
			b &= 0xff << (first & 7)
		}
		if b != 0 {
			return i<<3 | bits.TrailingZeros8(b), true
		}
	}
	return 0, false
}
