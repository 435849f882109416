// Package wire is the form in which FEEL values enter and leave the rules
// contract: tagged, of fixed widths, big-endian, so that Solidity packs it with
// abi.encodePacked and reads it with shifts. The README of the contract lists
// the tags. What Encode writes is canonical: equal values have equal bytes.
// Functions have no form here, and bytes after a value are refused.
package wire

import (
	"errors"
	"fmt"
)

// Tags of values.
const (
	tagNull     = 0x00
	tagNumber   = 0x01 // int16 exponent, int128 coefficient
	tagString   = 0x02 // uint32 length, UTF-8
	tagFalse    = 0x03
	tagTrue     = 0x04
	tagDate     = 0x05 // int64 days since 1970-01-01
	tagTime     = 0x06 // uint32 length, ISO 8601 text
	tagDateTime = 0x07 // uint32 length, ISO 8601 text
	tagInstant  = 0x08 // int64 seconds since 1970 in UTC: a date and time of whole seconds
	tagDuration = 0x09 // int64 seconds, uint32 nanoseconds
	tagMonths   = 0x0a // int64
	tagList     = 0x0b // uint32 count, values
	tagContext  = 0x0c // uint16 count; each: uint16 length, key, value
	tagRange    = 0x0d // form, flags, start, end
)

// MaxDepth is how deep values may nest; MaxSize is the most bytes of a value.
const (
	MaxDepth = 64
	MaxSize  = 1 << 20
)

var (
	// ErrMalformed is wrapped by every error of Decode.
	ErrMalformed = errors.New("wire: malformed value")
	// ErrNotAValue reports a value without a form: a function.
	ErrNotAValue = errors.New("wire: a function is no value that can be sent")
	// ErrTooLarge reports a value that nests too deep or takes too many bytes.
	ErrTooLarge = fmt.Errorf("wire: a value may take %d bytes and nest %d deep", MaxSize, MaxDepth)
)
