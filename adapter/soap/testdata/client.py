"""A local system's client on zeep, for tests: client.py WSDL PASSWORD OPERATION < document"""
import sys

import zeep
from zeep.wsse.username import UsernameToken

wsdl, secret, operation = sys.argv[1:]
client = zeep.Client(wsdl, wsse=UsernameToken("tj", secret, use_digest=True))
try:
    out = getattr(client.service, operation)(xmlData=sys.stdin.buffer.read().decode("utf-8"))
except zeep.exceptions.Fault as f:
    out = "FAULT %s %s" % (f.code, f.message)
sys.stdout.buffer.write(out.encode("utf-8"))
