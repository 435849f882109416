package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// maxSecretFile bounds what is read as a password, key or phrase.
const maxSecretFile = 64 << 10

// interactive reports whether a person sits at the other end of standard input.
func interactive(cmd *cobra.Command) bool {
	file, ok := cmd.InOrStdin().(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// confirm asks a yes-or-no question, unless nobody is there to answer or --yes
// was given.
func confirm(cmd *cobra.Command, question string) error {
	if yes, err := cmd.Flags().GetBool("yes"); err == nil && yes || !interactive(cmd) {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read answer: %w", err)
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("cancelled, nothing was sent")
	}
	return nil
}

// askSecret reads a line from the terminal without showing it.
func askSecret(cmd *cobra.Command, prompt string) (string, error) {
	file, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errors.New("nobody is there to ask: standard input is no terminal")
	}
	fmt.Fprint(cmd.ErrOrStderr(), prompt+": ")
	secret, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return string(secret), nil
}

func addPasswordFlags(cmd *cobra.Command) {
	cmd.Flags().String("password-file", "", "`file` whose first line is the password (else env CYBERMILES_PASSWORD, else asked)")
}

// password finds the keystore password: from --password-file, the environment
// or the terminal, there twice when it is a new one.
func password(cmd *cobra.Command, prompt string, isNew bool) (string, error) {
	secret, err := givenPassword(cmd)
	if err != nil {
		return "", err
	}
	asked := secret == ""
	if asked {
		if secret, err = askSecret(cmd, prompt); err != nil {
			return "", misusef("the keystore needs a password: pass --password-file or set CYBERMILES_PASSWORD (%v)", err)
		}
	}
	if !isNew {
		return secret, nil
	}
	if secret == "" {
		return "", errors.New("an empty password protects nothing; nothing was stored")
	}
	if asked {
		again, err := askSecret(cmd, "Repeat the password")
		if err != nil {
			return "", err
		}
		if again != secret {
			return "", errors.New("the two passwords differ, nothing was stored")
		}
	}
	return secret, nil
}

// givenPassword is the password of --password-file or the environment, "" for
// none.
func givenPassword(cmd *cobra.Command) (string, error) {
	path, err := cmd.Flags().GetString("password-file")
	if err != nil || path == "" {
		return os.Getenv("CYBERMILES_PASSWORD"), nil
	}
	content, err := readSecretFile(cmd, path)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	line, _, _ := strings.Cut(content, "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("read password: the first line of %s is empty", path)
	}
	return line, nil
}

// readSecretFile reads a password, key or phrase, "-" being standard input.
func readSecretFile(cmd *cobra.Command, path string) (string, error) {
	content, err := readFile(cmd, path, maxSecretFile)
	return string(content), err
}

// readFile reads a file up to a size, "-" being standard input.
func readFile(cmd *cobra.Command, path string, most int64) ([]byte, error) {
	in := cmd.InOrStdin()
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return content, err
}
