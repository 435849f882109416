package node

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const configHead = `# Configuration of a CyberMiles node.
#
# Every key is also a flag (rpc.http_addr is --rpc.http-addr) and an environment
# variable (CYBERMILES_RPC_HTTP_ADDR). A flag counts before the environment, the
# environment before this file, this file before the default. Lines that begin
# with # show defaults: remove the # to change one.
`

// WriteConfig writes the settings as a file with comments. Settings that have
// their default are commented out, so that a later version's better default
// applies. An existing file is left as it is and is an error.
func (c *Config) WriteConfig(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: edit it, or remove it to get a new one", path)
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = file.Write(c.document())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write configuration: %w", err), os.Remove(path))
	}
	return nil
}

func (c *Config) document() []byte {
	defaults := DefaultConfig()
	var b bytes.Buffer
	b.WriteString(configHead)
	for _, section := range configSections {
		fmt.Fprintf(&b, "\n# %s\n[%s]\n", section.comment, section.name)
		for i := range configKeys {
			key := &configKeys[i]
			if key.section() != section.name {
				continue
			}
			fmt.Fprintf(&b, "\n%s", wrapComment(key.comment))
			value := key.value(c).toml()
			if value == key.value(&defaults).toml() {
				b.WriteByte('#')
			}
			fmt.Fprintf(&b, "%s = %s\n", key.short(), value)
		}
	}
	return b.Bytes()
}

// wrapComment writes a comment in lines of at most 90 columns.
func wrapComment(text string) string {
	var b strings.Builder
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 90 {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}
