package codec

import "fmt"

// DocumentText reads a document's bytes as text in the charset that Decode would
// take: that of a byte order mark, of an XML declaration, or the option's. The
// mark is cut off, a declaration stays. The error wraps ErrUnreadable.
func DocumentText(b []byte, o Options) (string, error) {
	c, err := LookupCharset(o.Charset)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	s, _, _, bad := o.transcode(b, c)
	if bad != nil {
		return "", bad
	}
	return s, nil
}
