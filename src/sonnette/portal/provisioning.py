"""Settings for a Linphone app, as the lpconfig XML it fetches from its provisioning address.

Every address of a service is set to this domain, because a client fills what it is not
told with its vendor's servers.
"""

from collections.abc import Mapping
from xml.etree import ElementTree

from sonnette.portal.domain import Account, Domain

NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"
MEDIA_TYPE = "application/xml"

Sections = Mapping[str, Mapping[str, str]]


def lpconfig(domain: Domain, account: Account) -> bytes:
    """The document for ``account``; every entry replaces what the client had."""
    return _xml({**_services(domain), **_account(domain, account), **_credentials(account)})


def _services(domain: Domain) -> Sections:
    at = domain.well_known
    return {
        "misc": {
            "file_transfer_server_url": at["files"],
            "log_collection_upload_server_url": at["files"],
            "version_check_url_root": "",
            "contacts-vcard-list": "",
        },
        "sip": {
            "default_proxy": "0",
            "rls_uri": at["lists"],
            "media_encryption": "zrtp",
            "guess_hostname": "1",
        },
        "lime": {"enabled": "1", "lime_server_url": at["lime"], "x3dh_server_url": at["lime"]},
        "account_creator": {"backend": "1", "url": at["api"]},
        "assistant": {"domain": domain.name},
        "net": {"stun_server": ""},
    }


def _account(domain: Domain, account: Account) -> Sections:
    at = domain.well_known
    return {
        "proxy_0": {
            "reg_identity": f'"{account.name}" <{account.address}>',
            "reg_proxy": f"<{domain.proxy}>",
            "reg_route": f"<{domain.proxy};lr>",
            "reg_sendregister": "1",
            "reg_expires": "3600",
            "publish": "1",
            "realm": account.domain,
            "quality_reporting_enabled": "0",
            "conference_factory_uri": at["chat"],
            "audio_video_conference_factory_uri": at["conference"],
            "lime_server_url": at["lime"],
            "lime_algo": "c25519",
            "cpim_in_basic_chat_rooms_enabled": "1",
            "nat_policy_ref": "sonnette",
        },
        "nat_policy_0": {"ref": "sonnette", "protocols": "ice", "stun_server": ""},
    }


def _credentials(account: Account) -> Sections:
    """The password, or a section for each hash; the client forgets what it had."""
    who = {"username": account.username, "domain": account.domain, "realm": account.domain}
    if account.password:
        return {"auth_info_0": {**who, "passwd": account.password}}
    return {
        f"auth_info_{number}": {**who, "ha1": value, "algorithm": algorithm}
        for number, (algorithm, value) in enumerate(account.hashes)
    }


def _xml(sections: Sections) -> bytes:
    root = ElementTree.Element("config", xmlns=NAMESPACE)
    for name, entries in sections.items():
        section = ElementTree.SubElement(root, "section", name=name)
        for key, value in entries.items():
            entry = ElementTree.SubElement(section, "entry", name=key, overwrite="true")
            entry.text = value
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
