package node

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
)

// ConfigFile is the name of the configuration in a node's home.
const ConfigFile = "config.toml"

// RegisterFlags adds a flag for every setting, in the order of the file. Their
// values are read by LoadConfig.
func RegisterFlags(flags *pflag.FlagSet) {
	flags.SortFlags = false
	scratch := DefaultConfig()
	for i := range configKeys {
		key := &configKeys[i]
		usage := strings.TrimSuffix(key.comment, ".")
		for _, name := range []string{key.flag(), key.alias} {
			if name == "" {
				continue
			}
			flag := flags.VarPF(key.value(&scratch), name, "", usage)
			if key.value(&scratch).Type() == "bool" {
				flag.NoOptDefVal = "true"
			}
		}
	}
}

// LoadConfig reads the settings of a home: what a flag says counts before what
// the environment says, that before the file, that before the default. Flags may
// be nil; a home without a file has none of its settings. Unknown keys and bad
// values are errors that name their place and what is expected.
func LoadConfig(home string, flags *pflag.FlagSet) (Config, error) {
	c := DefaultConfig()
	c.Home = home
	path := filepath.Join(home, ConfigFile)
	if err := c.loadFile(path); err != nil {
		return Config{}, err
	}
	if err := c.loadEnvironment(); err != nil {
		return Config{}, err
	}
	if err := c.loadFlags(flags); err != nil {
		return Config{}, err
	}
	if err := c.validate(); err != nil {
		return Config{}, fmt.Errorf("configuration of %s: %w", home, err)
	}
	return c, nil
}

func (c *Config) loadFile(path string) error {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := c.parse(content); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// parse applies the file's content to the settings.
func (c *Config) parse(content []byte) error {
	var sections map[string]any
	if err := toml.Unmarshal(content, &sections); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return fmt.Errorf("line %d: %s", syntax.Position.Line, syntax.Message)
		}
		return err
	}
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		keys, isTable := sections[section].(map[string]any)
		if !isTable {
			return fmt.Errorf("key %s stands in no section; the sections are %s", section, sectionNames())
		}
		if !slices.ContainsFunc(configSections, func(s configSection) bool { return s.name == section }) {
			return fmt.Errorf("unknown section [%s]; the sections are %s", section, sectionNames())
		}
		for _, name := range slices.Sorted(maps.Keys(keys)) {
			if err := c.setKey(section+"."+name, keys[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Config) setKey(name string, value any) error {
	key := findKey(name)
	if key == nil {
		return unknownKey(name)
	}
	err := key.value(c).setTOML(value)
	if err == nil {
		err = key.verify(c)
	}
	if err != nil {
		return fmt.Errorf("%s = %s: %w", name, show(value), err)
	}
	return nil
}

// show writes a value of the file for an error.
func show(value any) string {
	text := fmt.Sprintf("%v", value)
	if _, isText := value.(string); isText {
		text = tomlText(text)
	}
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}

func (k *configKey) verify(c *Config) error {
	if k.check == nil {
		return nil
	}
	return k.check(k.field(c))
}

func (c *Config) loadEnvironment() error {
	// Unknown variables are no error: container platforms add some of their own
	// with the same prefix.
	for i := range configKeys {
		key := &configKeys[i]
		text, found := os.LookupEnv(key.environment())
		if !found {
			continue
		}
		if err := c.setText(key, text); err != nil {
			return fmt.Errorf("environment variable %s=%q: %w", key.environment(), text, err)
		}
	}
	return nil
}

func (c *Config) loadFlags(flags *pflag.FlagSet) error {
	if flags == nil {
		return nil
	}
	for i := range configKeys {
		key := &configKeys[i]
		for _, name := range []string{key.flag(), key.alias} {
			flag := flags.Lookup(name)
			if flag == nil || !flag.Changed {
				continue
			}
			if err := c.setText(key, flag.Value.String()); err != nil {
				return fmt.Errorf("flag --%s=%q: %w", name, flag.Value, err)
			}
		}
	}
	return nil
}

func (c *Config) setText(key *configKey, text string) error {
	if err := key.value(c).Set(text); err != nil {
		return err
	}
	return key.verify(c)
}

// validate holds what no key alone can say.
func (c *Config) validate() error {
	if c.StateSync.Enable {
		if len(c.StateSync.Servers) < 2 {
			return errors.New("statesync.enable needs statesync.rpc_servers with at least two nodes")
		}
		if c.StateSync.TrustHeight == 0 || c.StateSync.TrustHash == "" {
			return errors.New("statesync.enable needs statesync.trust_height and statesync.trust_hash: take them from a block explorer or a node that you trust")
		}
	}
	if c.Consensus.IdleInterval < c.Consensus.BlockInterval {
		return fmt.Errorf("consensus.idle_interval is %s, shorter than consensus.block_interval with %s", c.Consensus.IdleInterval, c.Consensus.BlockInterval)
	}
	return nil
}

func findKey(name string) *configKey {
	for i := range configKeys {
		if configKeys[i].name == name {
			return &configKeys[i]
		}
	}
	return nil
}

// unknownKey says which keys there are in the section.
func unknownKey(name string) error {
	section, _, _ := strings.Cut(name, ".")
	var known []string
	for i := range configKeys {
		if configKeys[i].section() == section {
			known = append(known, configKeys[i].short())
		}
	}
	return fmt.Errorf("unknown key %s; the keys of [%s] are %s", name, section, strings.Join(known, ", "))
}

func sectionNames() string {
	names := make([]string, len(configSections))
	for i, section := range configSections {
		names[i] = "[" + section.name + "]"
	}
	return strings.Join(names, " ")
}
