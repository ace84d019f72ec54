// What Go's net/http, and so the engine, makes of the cases on standard input, for compare.py.
// Input and output are as in read_cases.c, without the line of forwarded bytes.
// Only the standard library; compare.py runs it with "go run".
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sort"
	"strings"
)

// Not fields of the message: framing and Host, which ReadRequest takes out as well.
var left_out = map[string]bool{"host": true, "content-length": true, "transfer-encoding": true, "trailer": true}

func cell(s string) string {
	return hex.EncodeToString([]byte(s))
}

// The fields, sorted by name; several of one name in their order.
func fields(header http.Header) string {
	var all []string
	for name, values := range header {
		lower := strings.ToLower(name)
		for _, value := range values {
			if !left_out[lower] {
				all = append(all, cell(lower)+"="+cell(value))
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, _, _ := strings.Cut(all[i], "=")
		b, _, _ := strings.Cut(all[j], "=")
		return a < b
	})
	return strings.Join(all, ",")
}

// One line for each complete request, then how it ended.
func read(out *bufio.Writer, in []byte) {
	reader := bufio.NewReader(bytes.NewReader(in))
	for {
		if _, err := reader.Peek(1); err == io.EOF {
			fmt.Fprintln(out, "end")
			return
		}
		request, err := http.ReadRequest(reader)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			fmt.Fprintln(out, "more")
			return
		}
		if err != nil {
			fmt.Fprintf(out, "refused %+q\n", err.Error())
			return
		}
		body, err := io.ReadAll(request.Body)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			fmt.Fprintln(out, "more")
			return
		}
		if err != nil {
			fmt.Fprintf(out, "refused %+q\n", err.Error())
			return
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", cell(request.Method), cell(request.RequestURI),
			cell(request.URL.Path), cell(request.Host), hex.EncodeToString(body), fields(request.Header))
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(in, data); err != nil {
			log.Fatal(err)
		}
		read(out, data)
		fmt.Fprintln(out, ".")
	}
}
