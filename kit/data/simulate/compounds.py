"""The compounds of the synthetic competitions: well-known drugs by mechanism, with SMILES.

Written by hand. A SMILES gives the constitution only: stereochemistry and counter-ions are left out. The *potency* of a
mechanism is the natural logarithm of how strongly its typical member moves the transcriptome of blood cells, relative
to the weakest; its order is what the field knows (inhibitors of the cell's basic machinery move everything, a beta
blocker next to nothing), its values are invented.
"""

from __future__ import annotations

from typing import NamedTuple


class Compound(NamedTuple):
    """One drug: its name, its mechanism, its SMILES and the potency of the mechanism (log scale, 0 is weak)."""

    name: str
    mechanism: str
    smiles: str
    potency: float


WEAK, MEDIUM, STRONG, EXTREME = 0.0, 0.2, 0.4, 0.6

_MECHANISMS: dict[tuple[str, float], dict[str, str]] = {
    ("HDAC inhibitor", EXTREME): {
        "Belinostat": "ONC(=O)C=Cc1cccc(c1)S(=O)(=O)Nc1ccccc1",
        "Entinostat": "Nc1ccccc1NC(=O)c1ccc(CNC(=O)OCc2cccnc2)cc1",
        "Givinostat": "CCN(CC)Cc1ccc2cc(COC(=O)Nc3ccc(cc3)C(=O)NO)ccc2c1",
        "Mocetinostat": "Nc1ccccc1NC(=O)c1ccc(CNc2nccc(n2)-c2cccnc2)cc1",
        "Panobinostat": "Cc1[nH]c2ccccc2c1CCNCc1ccc(C=CC(=O)NO)cc1",
        "Tacedinaline": "CC(=O)Nc1ccc(cc1)C(=O)Nc1ccccc1N",
        "Vorinostat": "ONC(=O)CCCCCCC(=O)Nc1ccccc1",
    },
    ("RAF inhibitor", MEDIUM): {
        "Dabrafenib": "CC(C)(C)c1nc(c(s1)-c1ccnc(N)n1)-c1cccc(NS(=O)(=O)c2c(F)cccc2F)c1F",
        "PLX-4720": "CCCS(=O)(=O)Nc1ccc(F)c(C(=O)c2c[nH]c3ncc(Cl)cc23)c1F",
        "Regorafenib": "CNC(=O)c1cc(Oc2ccc(NC(=O)Nc3ccc(Cl)c(c3)C(F)(F)F)c(F)c2)ccn1",
        "Sorafenib": "CNC(=O)c1cc(Oc2ccc(NC(=O)Nc3ccc(Cl)c(c3)C(F)(F)F)cc2)ccn1",
        "Vemurafenib": "CCCS(=O)(=O)Nc1ccc(F)c(C(=O)c2c[nH]c3ncc(cc23)-c2ccc(Cl)cc2)c1F",
    },
    ("proteasome inhibitor", EXTREME): {
        "Bortezomib": "CC(C)CC(NC(=O)C(Cc1ccccc1)NC(=O)c1cnccn1)B(O)O",
        "Carfilzomib": "CC(C)CC(NC(=O)C(CCc1ccccc1)NC(=O)CN1CCOCC1)C(=O)NC(Cc1ccccc1)C(=O)NC(CC(C)C)C(=O)C1(C)CO1",
        "Delanzomib": "CC(C)CC(NC(=O)C(NC(=O)c1cccc(n1)-c1ccccc1)C(C)O)B(O)O",
        "Ixazomib": "CC(C)CC(NC(=O)CNC(=O)c1cc(Cl)ccc1Cl)B(O)O",
        "Oprozomib": "COCC(NC(=O)c1cnc(C)s1)C(=O)NC(COC)C(=O)NC(Cc1ccccc1)C(=O)C1(C)CO1",
    },
    ("CDK inhibitor", EXTREME): {
        "Abemaciclib": "CCN1CCN(Cc2ccc(Nc3ncc(F)c(n3)-c3cc(F)c4nc(C)n(C(C)C)c4c3)nc2)CC1",
        "Alvocidib": "CN1CCC(C(O)C1)c1c(O)cc(O)c2c1oc(cc2=O)-c1ccccc1Cl",
        "Dinaciclib": "CCc1cnn2c1nc(cc2NCc1ccc[n+]([O-])c1)N1CCCCC1CCO",
        "Palbociclib": "CC(=O)C1=C(C)c2cnc(Nc3ccc(cn3)N3CCNCC3)nc2N(C2CCCC2)C1=O",
        "Ribociclib": "CN(C)C(=O)c1cc2cnc(Nc3ccc(cn3)N3CCNCC3)nc2n1C1CCCC1",
        "Seliciclib": "CCC(CO)Nc1nc(NCc2ccccc2)c2ncn(C(C)C)c2n1",
    },
    ("HSP90 inhibitor", STRONG): {
        "BIIB021": "COc1c(C)cnc(Cn2cnc3c(Cl)nc(N)nc23)c1C",
        "Ganetespib": "CC(C)c1cc(-c2n[nH]c(=O)n2-c2ccc3n(C)ccc3c2)c(O)cc1O",
        "Luminespib": "CCNC(=O)c1noc(c1-c1ccc(CN2CCOCC2)cc1)-c1cc(C(C)C)c(O)cc1O",
        "Onalespib": "CC(C)c1cc(C(=O)N2Cc3ccc(CN4CCN(C)CC4)cc3C2)c(O)cc1O",
    },
    ("BET inhibitor", STRONG): {
        "Birabresib": "Cc1sc2c(c1C)C(=NC(CC(=O)Nc1ccc(O)cc1)c1nnc(C)n12)c1ccc(Cl)cc1",
        "JQ1": "Cc1sc2c(c1C)C(=NC(CC(=O)OC(C)(C)C)c1nnc(C)n12)c1ccc(Cl)cc1",
        "Molibresib": "CCNC(=O)CC1N=C(c2ccc(Cl)cc2)c2cc(OC)ccc2-n2c(C)nnc12",
    },
    ("Aurora kinase inhibitor", STRONG): {
        "Alisertib": "COc1cc(Nc2ncc3CN=C(c4cc(Cl)ccc4-c3n2)c2c(F)cccc2OC)ccc1C(=O)O",
        "Barasertib-HQPA": "CCN(CCO)CCCOc1ccc2c(Nc3cc(CC(=O)Nc4cccc(F)c4)[nH]n3)ncnc2c1",
        "Danusertib": "COC(C(=O)N1Cc2[nH]nc(NC(=O)c3ccc(cc3)N3CCN(C)CC3)c2C1)c1ccccc1",
        "Tozasertib": "CN1CCN(CC1)c1cc(Nc2cc(C)[nH]n2)nc(Sc2ccc(NC(=O)C3CC3)cc2)n1",
    },
    ("topoisomerase inhibitor", STRONG): {
        "Camptothecin": "CCC1(O)C(=O)OCC2=C1C=C1N(Cc3cc4ccccc4nc13)C2=O",
        "Doxorubicin": "COc1cccc2C(=O)c3c(O)c4CC(O)(CC(OC5CC(N)C(O)C(C)O5)c4c(O)c3C(=O)c12)C(=O)CO",
        "Etoposide": "COc1cc(cc(OC)c1O)C1C2C(COC2=O)C(OC2OC3COC(C)OC3C(O)C2O)c2cc3OCOc3cc12",
        "Irinotecan": "CCc1c2CN3C(=CC4=C(COC(=O)C4(O)CC)C3=O)c2nc2ccc(OC(=O)N3CCC(CC3)N3CCCCC3)cc12",
        "Mitoxantrone": "OCCNCCNc1ccc(NCCNCCO)c2C(=O)c3c(O)ccc(O)c3C(=O)c12",
        "Topotecan": "CCC1(O)C(=O)OCC2=C1C=C1N(Cc3cc4c(CN(C)C)c(O)ccc4nc13)C2=O",
    },
    ("tubulin binder", STRONG): {
        "Albendazole": "CCCSc1ccc2[nH]c(NC(=O)OC)nc2c1",
        "Colchicine": "COc1cc2CCC(NC(C)=O)C3=CC(=O)C(OC)=CC=C3c2c(OC)c1OC",
        "Combretastatin A4": "COc1ccc(C=Cc2cc(OC)c(OC)c(OC)c2)cc1O",
        "Mebendazole": "COC(=O)Nc1nc2cc(ccc2[nH]1)C(=O)c1ccccc1",
        "Nocodazole": "COC(=O)Nc1nc2cc(ccc2[nH]1)C(=O)c1cccs1",
        "Paclitaxel": (
            "CC1=C2C(C(=O)C3(C)C(O)CC4OCC4(OC(C)=O)C3C(OC(=O)c3ccccc3)C(O)"
            "(CC1OC(=O)C(O)C(NC(=O)c1ccccc1)c1ccccc1)C2(C)C)OC(C)=O"
        ),
        "Podophyllotoxin": "COc1cc(cc(OC)c1OC)C1C2C(COC2=O)C(O)c2cc3OCOc3cc12",
    },
    ("antimetabolite", STRONG): {
        "Cladribine": "Nc1nc(Cl)nc2n(cnc12)C1CC(O)C(CO)O1",
        "Cytarabine": "Nc1ccn(C2OC(CO)C(O)C2O)c(=O)n1",
        "Fluorouracil": "Fc1c[nH]c(=O)[nH]c1=O",
        "Gemcitabine": "Nc1ccn(C2OC(CO)C(O)C2(F)F)c(=O)n1",
        "Mercaptopurine": "S=c1nc[nH]c2nc[nH]c12",
        "Methotrexate": "CN(Cc1cnc2nc(N)nc(N)c2n1)c1ccc(cc1)C(=O)NC(CCC(=O)O)C(=O)O",
    },
    ("MEK inhibitor", STRONG): {
        "Binimetinib": "Cn1cnc2c(F)c(Nc3ccc(Br)cc3F)c(cc12)C(=O)NOCCO",
        "Cobimetinib": "OC1(CN(C1)C(=O)c1ccc(F)c(F)c1Nc1ccc(I)cc1F)C1CCCCN1",
        "Mirdametinib": "OCC(O)CONC(=O)c1ccc(F)c(F)c1Nc1ccc(I)cc1F",
        "Selumetinib": "Cn1cnc2c(F)c(Nc3ccc(Br)cc3Cl)c(cc12)C(=O)NOCCO",
        "Trametinib": "CN1C(=O)C(C)=C2N(C(=O)N(C3CC3)C(=O)C2=C1Nc1ccc(I)cc1F)c1cccc(NC(C)=O)c1",
    },
    ("PI3K/mTOR inhibitor", STRONG): {
        "Alpelisib": "Cc1nc(NC(=O)N2CCCC2C(N)=O)sc1-c1ccnc(c1)C(C)(C)C(F)(F)F",
        "Buparlisib": "Nc1cc(c(cn1)-c1cc(nc(n1)N1CCOCC1)N1CCOCC1)C(F)(F)F",
        "Copanlisib": "COc1c(OCCCN2CCOCC2)ccc2C3=NCCN3C(=NC(=O)c3cnc(N)nc3)Nc12",
        "Dactolisib": "CN1C(=O)N(c2ccc(cc2)C(C)(C)C#N)c2c1cnc1ccc(cc21)-c1cnc2ccccc2c1",
        "Idelalisib": "CCC(Nc1ncnc2nc[nH]c12)c1nc2cccc(F)c2c(=O)n1-c1ccccc1",
        "Pictilisib": "CS(=O)(=O)N1CCN(Cc2cc3nc(nc(N4CCOCC4)c3s2)-c2cccc3[nH]ncc23)CC1",
    },
    ("JAK inhibitor", STRONG): {
        "Baricitinib": "CCS(=O)(=O)N1CC(CC#N)(C1)n1cc(cn1)-c1ncnc2[nH]ccc12",
        "Fedratinib": "Cc1cnc(Nc2ccc(OCCN3CCCC3)cc2)nc1Nc1cccc(c1)S(=O)(=O)NC(C)(C)C",
        "Momelotinib": "O=C(NCC#N)c1ccc(cc1)-c1ccnc(Nc2ccc(cc2)N2CCOCC2)n1",
        "Ruxolitinib": "N#CCC(C1CCCC1)n1cc(cn1)-c1ncnc2[nH]ccc12",
        "Tofacitinib": "CC1CCN(CC1N(C)c1ncnc2[nH]ccc12)C(=O)CC#N",
    },
    ("BCR-ABL/SRC inhibitor", STRONG): {
        "Bosutinib": "COc1cc(Nc2c(cnc3cc(OCCCN4CCN(C)CC4)c(OC)cc23)C#N)c(Cl)cc1Cl",
        "Dasatinib": "Cc1nc(Nc2ncc(s2)C(=O)Nc2c(C)cccc2Cl)cc(n1)N1CCN(CCO)CC1",
        "Imatinib": "CN1CCN(Cc2ccc(cc2)C(=O)Nc2ccc(C)c(Nc3nccc(n3)-c3cccnc3)c2)CC1",
        "Nilotinib": "Cc1cn(cn1)-c1cc(NC(=O)c2ccc(C)c(Nc3nccc(n3)-c3cccnc3)c2)cc(c1)C(F)(F)F",
        "Ponatinib": "CN1CCN(Cc2ccc(NC(=O)c3ccc(C)c(c3)C#Cc3cnc4cccnn34)cc2C(F)(F)F)CC1",
        "Saracatinib": "CN1CCN(CCOc2cc(OC3CCOCC3)c3c(Nc4c(Cl)ccc5OCOc45)ncnc3c2)CC1",
    },
    ("EGFR inhibitor", MEDIUM): {
        "Afatinib": "CN(C)CC=CC(=O)Nc1cc2c(Nc3ccc(F)c(Cl)c3)ncnc2cc1OC1CCOC1",
        "Erlotinib": "COCCOc1cc2ncnc(Nc3cccc(c3)C#C)c2cc1OCCOC",
        "Gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
        "Lapatinib": "CS(=O)(=O)CCNCc1ccc(o1)-c1ccc2ncnc(Nc3ccc(OCc4cccc(F)c4)c(Cl)c3)c2c1",
        "Osimertinib": "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(n1)-c1cn(C)c2ccccc12",
    },
    ("VEGFR inhibitor", MEDIUM): {
        "Axitinib": "CNC(=O)c1ccccc1Sc1ccc2c(C=Cc3ccccn3)n[nH]c2c1",
        "Cabozantinib": "COc1cc2nccc(Oc3ccc(NC(=O)C4(CC4)C(=O)Nc4ccc(F)cc4)cc3)c2cc1OC",
        "Pazopanib": "CN(c1ccc2c(C)n(C)nc2c1)c1ccnc(Nc2ccc(C)c(c2)S(N)(=O)=O)n1",
        "Sunitinib": "CCN(CC)CCNC(=O)c1c(C)[nH]c(C=C2C(=O)Nc3ccc(F)cc23)c1C",
        "Vandetanib": "COc1cc2c(Nc3ccc(Br)cc3F)ncnc2cc1OCC1CCN(C)CC1",
    },
    ("ALK inhibitor", MEDIUM): {
        "Alectinib": "CCc1cc2C(=O)c3c([nH]c4cc(ccc34)C#N)C(C)(C)c2cc1N1CCC(CC1)N1CCOCC1",
        "Ceritinib": "CC(C)Oc1cc(C2CCNCC2)c(C)cc1Nc1ncc(Cl)c(Nc2ccccc2S(=O)(=O)C(C)C)n1",
        "Crizotinib": "CC(Oc1cc(cnc1N)-c1cnn(c1)C1CCNCC1)c1c(Cl)ccc(F)c1Cl",
    },
    ("PARP inhibitor", MEDIUM): {
        "Niraparib": "NC(=O)c1cccc2cn(nc12)-c1ccc(cc1)C1CCCNC1",
        "Olaparib": "Fc1ccc(CC2=NNC(=O)c3ccccc23)cc1C(=O)N1CCN(CC1)C(=O)C1CC1",
        "Rucaparib": "CNCc1ccc(cc1)-c1[nH]c2cc(F)cc3C(=O)NCCc1c23",
        "Veliparib": "CC1(CCCN1)c1nc2c(cccc2[nH]1)C(N)=O",
    },
    ("glucocorticoid", STRONG): {
        "Budesonide": "CCCC1OC2CC3C4CCC5=CC(=O)C=CC5(C)C4C(O)CC3(C)C2(O1)C(=O)CO",
        "Dexamethasone": "CC1CC2C3CCC4=CC(=O)C=CC4(C)C3(F)C(O)CC2(C)C1(O)C(=O)CO",
        "Hydrocortisone": "CC12CC(O)C3C(CCC4=CC(=O)CCC43C)C1CCC2(O)C(=O)CO",
        "Mometasone": "CC1CC2C3CCC4=CC(=O)C=CC4(C)C3(Cl)C(O)CC2(C)C1(O)C(=O)CCl",
        "Prednisolone": "CC12CC(O)C3C(CCC4=CC(=O)C=CC43C)C1CCC2(O)C(=O)CO",
        "Triamcinolone": "CC12CC(O)C3(F)C(CCC4=CC(=O)C=CC43C)C1CC(O)C2(O)C(=O)CO",
    },
    ("retinoid", MEDIUM): {
        "Adapalene": "COc1ccc(cc1C12CC3CC(CC(C3)C1)C2)-c1ccc2cc(ccc2c1)C(=O)O",
        "Bexarotene": "Cc1cc2c(cc1C(=C)c1ccc(cc1)C(=O)O)C(C)(C)CCC2(C)C",
        "Tamibarotene": "CC1(C)CCC(C)(C)c2cc(NC(=O)c3ccc(cc3)C(=O)O)ccc12",
        "Tazarotene": "CCOC(=O)c1ccc(nc1)C#Cc1ccc2SCCC(C)(C)c2c1",
        "Tretinoin": "CC(C=CC1=C(C)CCCC1(C)C)=CC=CC(C)=CC(=O)O",
    },
    ("oestrogen receptor ligand", WEAK): {
        "Estradiol": "CC12CCC3c4ccc(O)cc4CCC3C1CCC2O",
        "Ethinylestradiol": "CC12CCC3c4ccc(O)cc4CCC3C1CCC2(O)C#C",
        "Raloxifene": "Oc1ccc(cc1)-c1sc2cc(O)ccc2c1C(=O)c1ccc(OCCN2CCCCC2)cc1",
        "Tamoxifen": "CCC(=C(c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1",
    },
    ("statin", MEDIUM): {
        "Atorvastatin": "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CCC(O)CC(O)CC(=O)O",
        "Fluvastatin": "CC(C)n1c(C=CC(O)CC(O)CC(=O)O)c(-c2ccc(F)cc2)c2ccccc12",
        "Lovastatin": "CCC(C)C(=O)OC1CC(C)C=C2C=CC(C)C(CCC3CC(O)CC(=O)O3)C12",
        "Pitavastatin": "OC(CC(O)CC(=O)O)C=Cc1c(nc2ccccc2c1-c1ccc(F)cc1)C1CC1",
        "Rosuvastatin": "CC(C)c1nc(nc(-c2ccc(F)cc2)c1C=CC(O)CC(O)CC(=O)O)N(C)S(C)(=O)=O",
        "Simvastatin": "CCC(C)(C)C(=O)OC1CC(C)C=C2C=CC(C)C(CCC3CC(O)CC(=O)O3)C12",
    },
    ("antimalarial", MEDIUM): {
        "Chloroquine": "CCN(CC)CCCC(C)Nc1ccnc2cc(Cl)ccc12",
        "Hydroxychloroquine": "CCN(CCO)CCCC(C)Nc1ccnc2cc(Cl)ccc12",
        "Mefloquine": "OC(C1CCCCN1)c1cc(nc2c(cccc12)C(F)(F)F)C(F)(F)F",
        "Primaquine": "COc1cc(NC(C)CCCN)c2ncccc2c1",
    },
    ("PDE inhibitor", MEDIUM): {
        "Roflumilast": "FC(F)Oc1ccc(cc1OCC1CC1)C(=O)Nc1c(Cl)cncc1Cl",
        "Rolipram": "COc1ccc(cc1OC1CCCC1)C1CNC(=O)C1",
        "Sildenafil": "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1",
        "Tadalafil": "CN1CC(=O)N2C(Cc3c([nH]c4ccccc34)C2c2ccc3OCOc3c2)C1=O",
    },
    ("antipsychotic", MEDIUM): {
        "Chlorpromazine": "CN(C)CCCN1c2ccccc2Sc2ccc(Cl)cc12",
        "Clozapine": "CN1CCN(CC1)C1=Nc2cc(Cl)ccc2Nc2ccccc12",
        "Haloperidol": "OC1(CCN(CCCC(=O)c2ccc(F)cc2)CC1)c1ccc(Cl)cc1",
        "Olanzapine": "CN1CCN(CC1)C1=Nc2ccccc2Nc2sc(C)cc12",
        "Penfluridol": "OC1(CCN(CCCC(c2ccc(F)cc2)c2ccc(F)cc2)CC1)c1ccc(Cl)c(c1)C(F)(F)F",
        "Risperidone": "CC1=C(CCN2CCC(CC2)c2noc3cc(F)ccc23)C(=O)N2CCCCC2=N1",
    },
    ("antidepressant", WEAK): {
        "Amitriptyline": "CN(C)CCC=C1c2ccccc2CCc2ccccc12",
        "Citalopram": "CN(C)CCCC1(OCc2cc(ccc12)C#N)c1ccc(F)cc1",
        "Clomipramine": "CN(C)CCCN1c2ccccc2CCc2ccc(Cl)cc12",
        "Fluoxetine": "CNCCC(Oc1ccc(cc1)C(F)(F)F)c1ccccc1",
        "Imipramine": "CN(C)CCCN1c2ccccc2CCc2ccccc12",
        "Paroxetine": "Fc1ccc(cc1)C1CCNCC1COc1ccc2OCOc2c1",
        "Sertraline": "CNC1CCC(c2ccc(Cl)c(Cl)c2)c2ccccc12",
    },
    ("antihistamine", WEAK): {
        "Cetirizine": "OC(=O)COCCN1CCN(CC1)C(c1ccccc1)c1ccc(Cl)cc1",
        "Chlorpheniramine": "CN(C)CCC(c1ccc(Cl)cc1)c1ccccn1",
        "Desloratadine": "Clc1ccc2c(CCc3cccnc3C2=C2CCNCC2)c1",
        "Diphenhydramine": "CN(C)CCOC(c1ccccc1)c1ccccc1",
        "Loratadine": "CCOC(=O)N1CCC(CC1)=C1c2ccc(Cl)cc2CCc2cccnc12",
        "Promethazine": "CC(CN1c2ccccc2Sc2ccccc12)N(C)C",
    },
    ("NSAID", WEAK): {
        "Aspirin": "CC(=O)Oc1ccccc1C(=O)O",
        "Celecoxib": "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F",
        "Diclofenac": "OC(=O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
        "Ibuprofen": "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        "Indomethacin": "COc1ccc2n(C(=O)c3ccc(Cl)cc3)c(C)c(CC(=O)O)c2c1",
        "Ketoprofen": "CC(C(=O)O)c1cccc(c1)C(=O)c1ccccc1",
        "Meloxicam": "CN1C(C(=O)Nc2ncc(C)s2)=C(O)c2ccccc2S1(=O)=O",
        "Naproxen": "COc1ccc2cc(ccc2c1)C(C)C(=O)O",
    },
    ("beta blocker", WEAK): {
        "Atenolol": "CC(C)NCC(O)COc1ccc(CC(N)=O)cc1",
        "Carvedilol": "COc1ccccc1OCCNCC(O)COc1cccc2[nH]c3ccccc3c12",
        "Metoprolol": "COCCc1ccc(OCC(O)CNC(C)C)cc1",
        "Pindolol": "CC(C)NCC(O)COc1cccc2[nH]ccc12",
        "Propranolol": "CC(C)NCC(O)COc1cccc2ccccc12",
    },
    ("ACE inhibitor", WEAK): {
        "Captopril": "CC(CS)C(=O)N1CCCC1C(=O)O",
        "Enalapril": "CCOC(=O)C(CCc1ccccc1)NC(C)C(=O)N1CCCC1C(=O)O",
        "Lisinopril": "NCCCCC(NC(CCc1ccccc1)C(=O)O)C(=O)N1CCCC1C(=O)O",
        "Ramipril": "CCOC(=O)C(CCc1ccccc1)NC(C)C(=O)N1C2CCCC2CC1C(=O)O",
    },
    ("angiotensin receptor blocker", WEAK): {
        "Candesartan": "CCOc1nc2cccc(C(=O)O)c2n1Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1",
        "Irbesartan": "CCCCC1=NC2(CCCC2)C(=O)N1Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1",
        "Losartan": "CCCCc1nc(Cl)c(CO)n1Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1",
        "Telmisartan": "CCCc1nc2c(C)cc(cc2n1Cc1ccc(cc1)-c1ccccc1C(=O)O)-c1nc2ccccc2n1C",
        "Valsartan": "CCCCC(=O)N(Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1)C(C(C)C)C(=O)O",
    },
    ("calcium channel blocker", WEAK): {
        "Amlodipine": "CCOC(=O)C1=C(COCCN)NC(C)=C(C1c1ccccc1Cl)C(=O)OC",
        "Diltiazem": "COc1ccc(cc1)C1Sc2ccccc2N(CCN(C)C)C(=O)C1OC(C)=O",
        "Felodipine": "CCOC(=O)C1=C(C)NC(C)=C(C1c1cccc(Cl)c1Cl)C(=O)OC",
        "Nifedipine": "COC(=O)C1=C(C)NC(C)=C(C1c1ccccc1[N+](=O)[O-])C(=O)OC",
        "Verapamil": "COc1ccc(CCN(C)CCCC(C#N)(C(C)C)c2ccc(OC)c(OC)c2)cc1OC",
    },
    ("PPAR agonist", MEDIUM): {
        "Bezafibrate": "CC(C)(Oc1ccc(CCNC(=O)c2ccc(Cl)cc2)cc1)C(=O)O",
        "Fenofibrate": "CC(C)OC(=O)C(C)(C)Oc1ccc(cc1)C(=O)c1ccc(Cl)cc1",
        "Pioglitazone": "CCc1ccc(CCOc2ccc(CC3SC(=O)NC3=O)cc2)nc1",
        "Rosiglitazone": "CN(CCOc1ccc(CC2SC(=O)NC2=O)cc1)c1ccccn1",
        "Troglitazone": "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O",
    },
    ("sulfonylurea", WEAK): {
        "Glibenclamide": "COc1ccc(Cl)cc1C(=O)NCCc1ccc(cc1)S(=O)(=O)NC(=O)NC1CCCCC1",
        "Gliclazide": "Cc1ccc(cc1)S(=O)(=O)NC(=O)NN1CC2CCCC2C1",
        "Glipizide": "Cc1cnc(cn1)C(=O)NCCc1ccc(cc1)S(=O)(=O)NC(=O)NC1CCCCC1",
        "Tolbutamide": "CCCCNC(=O)NS(=O)(=O)c1ccc(C)cc1",
    },
    ("DPP-4 inhibitor", WEAK): {
        "Alogliptin": "Cn1c(=O)cc(N2CCCC(N)C2)n(Cc2ccccc2C#N)c1=O",
        "Linagliptin": "CC#CCn1c(nc2n(C)c(=O)n(Cc3nc(C)c4ccccc4n3)c(=O)c12)N1CCCC(N)C1",
        "Saxagliptin": "NC(C(=O)N1C2CC2CC1C#N)C12CC3CC(CC(O)(C3)C1)C2",
        "Sitagliptin": "NC(CC(=O)N1CCn2c(C1)nnc2C(F)(F)F)Cc1cc(F)c(F)cc1F",
        "Vildagliptin": "OC12CC3CC(C1)CC(C3)(C2)NCC(=O)N1CCCC1C#N",
    },
    ("benzodiazepine", WEAK): {
        "Alprazolam": "Cc1nnc2CN=C(c3ccccc3)c3cc(Cl)ccc3-n12",
        "Clonazepam": "O=C1CN=C(c2ccccc2Cl)c2cc(ccc2N1)[N+](=O)[O-]",
        "Diazepam": "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc12",
        "Lorazepam": "OC1N=C(c2ccccc2Cl)c2cc(Cl)ccc2NC1=O",
        "Oxazepam": "OC1N=C(c2ccccc2)c2cc(Cl)ccc2NC1=O",
    },
    ("opioid receptor ligand", WEAK): {
        "Loperamide": "CN(C)C(=O)C(CCN1CCC(O)(CC1)c1ccc(Cl)cc1)(c1ccccc1)c1ccccc1",
        "Naloxone": "O=C1CCC2(O)C3Cc4ccc(O)c5OC1C2(CCN3CC=C)c45",
        "Naltrexone": "O=C1CCC2(O)C3Cc4ccc(O)c5OC1C2(CCN3CC1CC1)c45",
        "Tramadol": "COc1cccc(c1)C1(O)CCCCC1CN(C)C",
    },
    ("azole antifungal", WEAK): {
        "Clotrimazole": "Clc1ccccc1C(c1ccccc1)(c1ccccc1)n1ccnc1",
        "Econazole": "Clc1ccc(COC(Cn2ccnc2)c2ccc(Cl)cc2Cl)cc1",
        "Fluconazole": "OC(Cn1cncn1)(Cn1cncn1)c1ccc(F)cc1F",
        "Ketoconazole": "CC(=O)N1CCN(CC1)c1ccc(OCC2COC(Cn3ccnc3)(O2)c2ccc(Cl)cc2Cl)cc1",
        "Miconazole": "Clc1ccc(COC(Cn2ccnc2)c2ccc(Cl)cc2Cl)c(Cl)c1",
        "Voriconazole": "CC(c1ncncc1F)C(O)(Cn1cncn1)c1ccc(F)cc1F",
    },
    ("beta-lactam antibiotic", WEAK): {
        "Amoxicillin": "CC1(C)SC2C(NC(=O)C(N)c3ccc(O)cc3)C(=O)N2C1C(=O)O",
        "Ampicillin": "CC1(C)SC2C(NC(=O)C(N)c3ccccc3)C(=O)N2C1C(=O)O",
        "Benzylpenicillin": "CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O",
        "Cefalexin": "CC1=C(N2C(SC1)C(NC(=O)C(N)c1ccccc1)C2=O)C(=O)O",
        "Cefuroxime": "CON=C(c1ccco1)C(=O)NC1C2SCC(COC(N)=O)=C(N2C1=O)C(=O)O",
    },
    ("fluoroquinolone", WEAK): {
        "Ciprofloxacin": "OC(=O)c1cn(C2CC2)c2cc(N3CCNCC3)c(F)cc2c1=O",
        "Levofloxacin": "CC1COc2c(N3CCN(C)CC3)c(F)cc3c2n1cc(C(=O)O)c3=O",
        "Moxifloxacin": "COc1c(N2CC3CCCNC3C2)c(F)cc2c1n(cc(C(=O)O)c2=O)C1CC1",
        "Norfloxacin": "CCn1cc(C(=O)O)c(=O)c2cc(F)c(cc12)N1CCNCC1",
    },
    ("antiviral nucleoside", WEAK): {
        "Abacavir": "Nc1nc(NC2CC2)c2ncn(C3CC(CO)C=C3)c2n1",
        "Aciclovir": "Nc1nc2n(COCCO)cnc2c(=O)[nH]1",
        "Ganciclovir": "Nc1nc2n(COC(CO)CO)cnc2c(=O)[nH]1",
        "Lamivudine": "Nc1ccn(C2CSC(CO)O2)c(=O)n1",
        "Ribavirin": "NC(=O)c1ncn(n1)C1OC(CO)C(O)C1O",
        "Stavudine": "Cc1cn(C2OC(CO)C=C2)c(=O)[nH]c1=O",
        "Zidovudine": "Cc1cn(C2CC(N=[N+]=[N-])C(CO)O2)c(=O)[nH]c1=O",
    },
}

COMPOUNDS: tuple[Compound, ...] = tuple(
    Compound(name, mechanism, smiles, potency)
    for (mechanism, potency), members in _MECHANISMS.items()
    for name, smiles in members.items()
)
"""Every compound that a synthetic competition can draw, mechanism by mechanism."""
