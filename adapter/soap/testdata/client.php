<?php
// A local system's client on PHP's own SoapClient, for tests: php client.php WSDL VERSION PASSWORD OPERATION < document
[, $wsdl, $version, $secret, $operation] = $argv;
const NS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

$nonce = random_bytes(16);
$created = gmdate('Y-m-d\TH:i:s\Z');
$digest = base64_encode(sha1($nonce . $created . $secret, true));
$n = base64_encode($nonce);
$security = <<<XML
<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"><wsse:UsernameToken><wsse:Username>tj</wsse:Username><wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">$digest</wsse:Password><wsse:Nonce>$n</wsse:Nonce><wsu:Created>$created</wsu:Created></wsse:UsernameToken></wsse:Security>
XML;

$client = new SoapClient($wsdl, ['soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1, 'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true]);
$client->__setSoapHeaders(new SoapHeader(NS, 'Security', new SoapVar($security, XSD_ANYXML), true));
try {
    $result = $client->__soapCall($operation, [['xmlData' => stream_get_contents(STDIN)]]);
    echo $result->return;
} catch (SoapFault $f) {
    echo 'FAULT ', $f->faultcode, ' ', $f->faultstring;
}
