<?php
// A local system's SOAP service on PHP's own SoapServer, for tests. It checks the
// UsernameToken digest, reads the document inside as GBK (or the declared charset)
// with libxml, and answers with what it read.
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const DIGEST = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest';

$raw = file_get_contents('php://input');
$version = getenv('SOAP_VERSION') === '1.2' ? SOAP_1_2 : SOAP_1_1;
$server = new SoapServer(null, ['uri' => getenv('SOAP_NAMESPACE'), 'soap_version' => $version]);

function proven(string $raw): bool
{
    $d = new DOMDocument();
    $d->loadXML($raw);
    $x = new DOMXPath($d);
    $x->registerNamespace('s', WSSE);
    $x->registerNamespace('u', WSU);
    $get = fn(string $path) => $x->evaluate('string(//s:Security/s:UsernameToken/' . $path . ')');
    $password = $get('s:Password');
    $want = 'secret & 密';
    if ($get('s:Password/@Type') === DIGEST) {
        $created = $get('u:Created');
        if (abs(time() - strtotime($created)) > 300) {
            return false;
        }
        $want = base64_encode(sha1(base64_decode($get('s:Nonce')) . $created . $want, true));
    }
    return $get('s:Username') === 'tj' && hash_equals($want, $password);
}

class Service
{
    public function submitCase($xmlData)
    {
        global $version;
        preg_match('/encoding="([^"]+)"/', $xmlData, $m);
        $bytes = iconv('UTF-8', $m[1], $xmlData); // as the system behind would hold it; fails on what the charset lacks
        $d = new DOMDocument();
        if ($bytes === false || !$d->loadXML($bytes)) {
            throw new SoapFault('Client', 'unreadable document');
        }
        $x = new DOMXPath($d);
        $get = fn(string $path) => $x->evaluate('string(' . $path . ')');
        switch ($get('/Msg/lsh')) {
            case 'CLIENT':
                throw new SoapFault($version === SOAP_1_2 ? 'Sender' : 'Client', '不收 ' . $get('/Msg/xm'));
            case 'SERVER':
                throw new SoapFault($version === SOAP_1_2 ? 'Receiver' : 'Server', '稍后 ' . $get('/Msg/xm'));
            case 'REFUSE':
                return '<return><state>-1</state><msg>重复</msg><bh/></return>';
        }
        $out = new DOMDocument('1.0', $m[1]);
        $r = $out->appendChild($out->createElement('return'));
        foreach (['state' => '1', 'msg' => '', 'bh' => $get('/Msg/lsh') . '|' . $get('/Msg/xm') . '|' . $get('/Msg/@lx')] as $k => $v) {
            $r->appendChild($out->createElement($k))->appendChild($out->createTextNode($v));
        }
        return iconv($m[1], 'UTF-8', $out->saveXML());
    }
}

if (!proven($raw)) {
    $server->fault($version === SOAP_1_2 ? 'Sender' : 'Client', 'not proven');
}
$server->setClass(Service::class);
$server->handle($raw);
