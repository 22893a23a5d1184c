package soap

import (
	"net/http"
	"strings"

	"duijie/internal/codec"
)

// describe answers GET ?wsdl.
func (x *exchange) describe() {
	x.w.Header().Set("Cache-Control", "no-store") // the address is the caller's view of us
	x.write(http.StatusOK, "text/xml; charset=utf-8", []byte(x.service.wsdl(x.unit, x.address())))
}

// address is where callers reach this service. A proxy's word about scheme and
// host is believed: it only tells the one who asked.
func (x *exchange) address() string {
	scheme, host := "http", x.r.Host
	if x.r.TLS != nil {
		scheme = "https"
	}
	if s := x.r.Header.Get("X-Forwarded-Proto"); s == "https" || s == "http" {
		scheme = s
	}
	if h := x.r.Header.Get("X-Forwarded-Host"); h != "" {
		h, _, _ = strings.Cut(h, ",")
		host = strings.TrimSpace(h)
	}
	return scheme + "://" + host + x.public + "/local/" + x.unit + "/soap"
}

// wsdl is a WSDL 1.1 description, document/literal in the wrapped style.
func (s *service) wsdl(unit, address string) string {
	esc := func(s string) string { return string(codec.AppendXMLAttribute(nil, s)) }
	prefix, form := "soap", "unqualified"
	if s.version == soap12 {
		prefix = "soap12"
	}
	if s.qualified {
		form = "qualified"
	}
	var types, messages, ports, bindings strings.Builder
	for _, n := range s.names {
		in := `<xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>`
		out := in
		if a := s.operations[n].argument; a != "" {
			in, out = `<xs:element name="`+esc(a)+`" type="xs:string"/>`, `<xs:element name="return" type="xs:string"/>`
		}
		n := esc(n)
		for _, e := range [][2]string{{n, in}, {n + "Response", out}} {
			types.WriteString(`<xs:element name="` + e[0] + `"><xs:complexType><xs:sequence>` + e[1] + `</xs:sequence></xs:complexType></xs:element>`)
		}
		messages.WriteString(`<wsdl:message name="` + n + `"><wsdl:part name="parameters" element="tns:` + n + `"/></wsdl:message>` +
			`<wsdl:message name="` + n + `Response"><wsdl:part name="parameters" element="tns:` + n + `Response"/></wsdl:message>`)
		ports.WriteString(`<wsdl:operation name="` + n + `"><wsdl:input message="tns:` + n + `"/><wsdl:output message="tns:` + n + `Response"/></wsdl:operation>`)
		bindings.WriteString(`<wsdl:operation name="` + n + `"><` + prefix + `:operation soapAction="" style="document"/>` +
			`<wsdl:input><` + prefix + `:body use="literal"/></wsdl:input><wsdl:output><` + prefix + `:body use="literal"/></wsdl:output></wsdl:operation>`)
	}
	return `<?xml version="1.0" encoding="UTF-8"?>` +
		`<wsdl:definitions name="duijie" targetNamespace="` + esc(s.namespace) + `" xmlns:tns="` + esc(s.namespace) + `"` +
		` xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:` + prefix + `="http://schemas.xmlsoap.org/wsdl/` + prefix + `/" xmlns:xs="http://www.w3.org/2001/XMLSchema">` +
		`<wsdl:types><xs:schema targetNamespace="` + esc(s.namespace) + `" elementFormDefault="` + form + `">` + types.String() + `</xs:schema></wsdl:types>` +
		messages.String() +
		`<wsdl:portType name="Local">` + ports.String() + `</wsdl:portType>` +
		`<wsdl:binding name="LocalSoap" type="tns:Local"><` + prefix + `:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>` + bindings.String() + `</wsdl:binding>` +
		`<wsdl:service name="Local` + esc(unit) + `"><wsdl:port name="LocalSoap" binding="tns:LocalSoap"><` + prefix + `:address location="` + esc(address) + `"/></wsdl:port></wsdl:service>` +
		`</wsdl:definitions>`
}
