// What Go's regexp, which the originals use, makes of the cases on standard input, for patterns.py.
// Input and output are as in match_cases.c.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var length uint32
		if binary.Read(in, binary.BigEndian, &length) != nil {
			return
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(in, data); err != nil {
			panic(err)
		}
		pattern, text, _ := bytes.Cut(data, []byte{0})
		re, err := regexp.Compile("^(?:" + string(pattern) + ")$")
		switch {
		case err != nil:
			fmt.Fprintln(out, "refused")
		case re.Match(text):
			fmt.Fprintln(out, "yes")
		default:
			fmt.Fprintln(out, "no")
		}
	}
}
