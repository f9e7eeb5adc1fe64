"""The panel's words in Danish."""

from __future__ import annotations

DANISH = {
    # the panel
    "Place Object": "Placer objekt", "Place": "Placer", "Cancel": "Annuller", "Prompt": "Beskrivelse",
    "Last Prompts": "Seneste beskrivelser", "No Prompts Yet": "Ingen beskrivelser endnu",
    "Where does it belong?": "Hvor hører det til?", "No Object Selected": "Intet objekt valgt", "Several": "Flere",
    "In Turn": "Efter tur", "Together": "Sammen", "Against": "I forhold til", "Automatic": "Automatisk", "Picked": "Valgte",
    "Objects": "Objekter", "Add Object": "Tilføj objekt", "See From": "Set fra", "Scene Camera": "Scenens kamera",
    "Chosen Camera": "Valgt kamera", "Viewport": "3D-visning", "Automatic Ring": "Automatisk ring", "Camera": "Kamera",
    "Views": "Visninger", "No Scene Camera: One Is Made": "Intet scenekamera: der laves et",
    # locks and ranges
    "Locks and Ranges": "Låse og områder", "Lock Location": "Lås placering", "Lock Rotation": "Lås rotation",
    "Lock Scale": "Lås størrelse", "Turning": "Drejning", "Upright": "Oprejst", "Free": "Fri", "Scaling": "Skalering",
    "Uniform": "Ens", "Each Axis": "Hver akse", "Keep Size": "Behold størrelse", "Size Range": "Størrelsesområde",
    "Smallest": "Mindste", "Largest": "Største", "Bounds": "Grænser", "Low Corner": "Nederste hjørne",
    "High Corner": "Øverste hjørne", "Bounds from Selected": "Grænser fra valgte", "Pivot": "Omdrejningspunkt",
    "Base": "Underside", "Origin": "Origo", "Center of Mass": "Tyngdepunkt", "Front": "Forside",
    # rules, search, guidance, worker
    "Rules": "Regler", "Rest on Surfaces": "Stå på flader", "Avoid Collisions": "Undgå kollisioner",
    "Stay in View": "Bliv i billedet", "Allow Nearest Miss": "Tillad næsten", "Search": "Søgning", "Quality": "Kvalitet",
    "Draft": "Kladde", "Standard": "Standard", "High": "Høj", "Candidates": "Forslag", "Seed": "Startværdi",
    "New Each Time": "Ny hver gang", "Time Limit": "Tidsgrænse", "Guidance": "Bedømmelse", "Picture": "Billede",
    "Relation": "Relation", "Physical": "Fysik", "Picture Model": "Billedmodel", "Picture Size": "Billedstørrelse",
    "Device": "Enhed", "Worker": "Regneproces", "Restart Worker": "Genstart", "Stop Worker": "Stop", "Show Log": "Vis log",
    "Copy Report": "Kopiér rapport", "The log is empty": "Loggen er tom", "Not Running": "Kører ikke", "Ready": "Klar",
    "Working": "Arbejder", "Failed": "Mislykket", "Open Preferences": "Åbn indstillinger",
    # while running
    "Starting the Worker": "Regneprocessen starter", "Reading the Scene": "Scenen læses", "Preparing": "Forbereder",
    "Looking for Places": "Leder efter pladser", "Searching": "Søger", "Polishing": "Finpudser", "Settling": "Sætter ned",
    "Checking": "Kontrollerer", "Finishing": "Afslutter", "Downloading": "Henter", "Stopping the Search": "Søgningen stopper",
    "Stopping the Worker": "Regneprocessen stopper",
    # candidates and history
    "Apply Candidate": "Anvend forslag", "Next Candidate": "Næste forslag", "Compare with Start": "Sammenlign med start",
    "Keep as Duplicate": "Behold som kopi", "Compare": "Sammenlign", "Duplicate": "Kopiér",
    "Keyframe": "Keyframe", "Insert Keyframe": "Indsæt keyframe", "Accept": "Godkend",
    "The Start Is Shown": "Starten vises", "History": "Historik", "Nothing Was Placed Yet": "Intet er placeret endnu",
    "Reapply": "Anvend igen", "Run Again": "Kør igen", "Remove from History": "Fjern fra historikken",
    "Clear History": "Ryd historikken",
    # what was understood and what holds
    "On": "På", "Above": "Over", "Below": "Under", "Hanging from": "Hænger fra", "Left of": "Til venstre for",
    "Right of": "Til højre for", "In Front of": "Foran", "Behind": "Bag", "Next to": "Ved siden af", "Near": "Nær",
    "Far from": "Langt fra", "Attached to": "Fastgjort til", "Leaning on": "Læner sig mod", "Between": "Mellem", "Inside": "I",
    "In the Corner of": "I hjørnet af", "In the Middle of": "Midt i", "At the Edge of": "På kanten af", "Facing": "Vender mod",
    "Facing Away from": "Vender væk fra", "Size": "Størrelse", "Lying": "Stilling", "Floating": "Svæver",
    "Not Understood": "Ikke forstået", "No place was understood": "Intet sted blev forstået", "Contact": "Kontakt",
    "Collision": "Kollision", "No Collision": "Ingen kollision", "Visible": "Synlig", "Inside the Room": "I rummet",
    # troubles and remedies
    "No Runtime Installed": "Intet kørselsmiljø installeret", "Not Enough Memory": "Ikke nok hukommelse",
    "Not Enough Graphics Memory": "Ikke nok grafikhukommelse", "No Picture Model": "Ingen billedmodel",
    "No Pose Holds": "Ingen stilling opfylder alt", "The Worker Ended": "Regneprocessen sluttede",
    "The Worker Crashed": "Regneprocessen brød ned", "The Worker Does Not Answer": "Regneprocessen svarer ikke",
    "Versions Do Not Match": "Versionerne passer ikke sammen", "Something Went Wrong": "Noget gik galt",
    "Install Runtime": "Installér kørselsmiljø", "Repair Runtime": "Reparér kørselsmiljø", "Download Model": "Hent model",
    "Use Built-In Model": "Brug den indbyggede model", "Place Without": "Placer uden",
    "Make Smaller": "Gør mindre", "Use the CPU": "Brug processoren",
    "Reset Settings": "Nulstil indstillinger",
    "Placing needs PyTorch, which runs beside Blender and is installed once":
        "Placering kræver PyTorch; det kører ved siden af Blender og installeres én gang",
}  # fmt: skip
"""English -> Danish."""
