package model

// Limits of a model. A model beyond any of them is refused when it is encoded,
// decoded or verified.
const (
	MaxEncoded    = 1 << 20 // bytes of the binary form
	MaxTemplates  = 1024
	MaxSlots      = 128 // slots of a template, fields of an emit
	MaxConsts     = 65536
	MaxGroups     = 256
	MaxFunctions  = 1024
	MaxParams     = 16
	MaxRules      = 4096
	MaxConds      = 64 // conditional elements of one rule or group
	MaxLevels     = 64 // patterns and accumulates in scope at one place
	MaxGroupDepth = 8  // nesting of not, exists and accumulate
	MaxTests      = 64 // constraints of one pattern
	MaxFolds      = 16 // functions of one accumulate
	MaxActions    = 256
	MaxLocals     = 64
	MaxNodes      = 16384 // expression nodes of one rule or function
	MaxExprDepth  = 128
	MaxName       = 128  // bytes of a name
	MaxText       = 4096 // bytes of a string constant
	MaxSalience   = 1_000_000
	MaxDigits     = 34    // significant digits of a number
	MaxExponent   = 6144  // largest adjusted exponent of a number
	MinExponent   = -6143 // smallest adjusted exponent of a number
)
