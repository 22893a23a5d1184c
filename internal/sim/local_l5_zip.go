package sim

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// l5Document is what the system reads of case.xml.
type l5Document struct {
	Type    string `xml:"类型,attr"`
	No      string `xml:"报文编号"`
	Case    string `xml:"全国编号"`
	Facts   string `xml:"事实与理由"`
	Parties []struct {
		ID   string `xml:"编号,attr"`
		Role string `xml:"地位,attr"`
	} `xml:"当事人列表>当事人"`
	Materials []string `xml:"材料列表>材料>摘要"`
	Supplied  []string `xml:"附件>文件>sha256"`
}

// l5Lacks tells whether a material that the document names lies nowhere in its zip.
func l5Lacks(path string, d l5Document) bool {
	z, err := zip.OpenReader(path)
	if err != nil {
		return true
	}
	defer z.Close()
	here := map[string]bool{}
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "att/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return true
		}
		h := sha256.New()
		_, err = io.Copy(h, io.LimitReader(r, mostMaterial))
		r.Close()
		if err != nil {
			return true
		}
		here[hex.EncodeToString(h.Sum(nil))] = true
	}
	return slices.ContainsFunc(slices.Concat(d.Materials, d.Supplied), func(digest string) bool { return !here[digest] })
}

// l5Read reads case.xml of a zip by other means than the gateway writes it.
func l5Read(path string) (d l5Document, raw []byte, err error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return d, nil, err
	}
	defer z.Close()
	f, err := z.Open("case.xml")
	if err != nil {
		return d, nil, err
	}
	defer f.Close()
	if raw, err = io.ReadAll(io.LimitReader(f, bodyLimit)); err != nil {
		return d, nil, err
	}
	x := xml.NewDecoder(bytes.NewReader(raw))
	x.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if charset != "GB18030" {
			return nil, errors.New("the charset is not what was agreed")
		}
		return simplifiedchinese.GB18030.NewDecoder().Reader(in), nil
	}
	return d, raw, x.Decode(&d)
}

// l5Attachment is a file beside a document.
type l5Attachment struct {
	name    string
	content []byte
}

// l5Zip packs a document in GB18030 and its files; their names are GB18030 too,
// as packers in use write them: without the flag that would say so.
func l5Zip(document string, files []l5Attachment) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	text, err := simplifiedchinese.GB18030.NewEncoder().String(`<?xml version="1.0" encoding="GB18030"?>` + document)
	if err != nil {
		return nil, fmt.Errorf("encode a document: %w", err)
	}
	all := append([]l5Attachment{{"case.xml", []byte(text)}}, files...)
	for _, f := range all {
		name, err := simplifiedchinese.GB18030.NewEncoder().String(f.name)
		if err != nil {
			return nil, fmt.Errorf("encode a name: %w", err)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// xmlText escapes a value.
func xmlText(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
