"""The panel's words in German."""

from __future__ import annotations

GERMAN = {
    # the panel
    "Place Object": "Objekt platzieren", "Place": "Platzieren", "Cancel": "Abbrechen", "Prompt": "Beschreibung",
    "Last Prompts": "Letzte Beschreibungen", "No Prompts Yet": "Noch keine Beschreibungen",
    "Where does it belong?": "Wohin gehört es?", "No Object Selected": "Kein Objekt ausgewählt", "Several": "Mehrere",
    "In Turn": "Nacheinander", "Together": "Zusammen", "Against": "Bezug", "Automatic": "Automatisch", "Picked": "Ausgewählt",
    "Objects": "Objekte", "Add Object": "Objekt hinzufügen", "See From": "Ansicht", "Scene Camera": "Szenenkamera",
    "Chosen Camera": "Gewählte Kamera", "Viewport": "3D-Ansicht", "Automatic Ring": "Automatischer Ring", "Camera": "Kamera",
    "Views": "Ansichten", "No Scene Camera: One Is Made": "Keine Szenenkamera: es wird eine erstellt",
    # locks and ranges
    "Locks and Ranges": "Sperren und Bereiche", "Lock Location": "Position sperren", "Lock Rotation": "Drehung sperren",
    "Lock Scale": "Größe sperren", "Turning": "Drehen", "Upright": "Aufrecht", "Free": "Frei", "Scaling": "Skalieren",
    "Uniform": "Gleichmäßig", "Each Axis": "Jede Achse", "Keep Size": "Größe behalten", "Size Range": "Größenbereich",
    "Smallest": "Kleinste", "Largest": "Größte", "Bounds": "Grenzen", "Low Corner": "Untere Ecke", "High Corner": "Obere Ecke",
    "Bounds from Selected": "Grenzen aus Auswahl", "Pivot": "Drehpunkt", "Base": "Unterseite", "Origin": "Ursprung",
    "Center of Mass": "Schwerpunkt", "Front": "Vorderseite",
    # rules, search, guidance, worker
    "Rules": "Regeln", "Rest on Surfaces": "Auf Flächen stehen", "Avoid Collisions": "Kollisionen vermeiden",
    "Stay in View": "Im Bild bleiben", "Allow Nearest Miss": "Knapp daneben erlauben", "Search": "Suche", "Quality": "Qualität",
    "Draft": "Entwurf", "Standard": "Standard", "High": "Hoch", "Candidates": "Vorschläge", "Seed": "Startwert",
    "New Each Time": "Jedes Mal neu", "Time Limit": "Zeitgrenze", "Guidance": "Bewertung", "Picture": "Bild",
    "Relation": "Beziehung", "Physical": "Physik", "Picture Model": "Bildmodell", "Picture Size": "Bildgröße", "Device": "Gerät",
    "Worker": "Rechenprozess", "Restart Worker": "Neu starten", "Stop Worker": "Beenden", "Show Log": "Protokoll zeigen",
    "Copy Report": "Bericht kopieren", "The log is empty": "Das Protokoll ist leer", "Not Running": "Läuft nicht",
    "Ready": "Bereit", "Working": "Arbeitet", "Failed": "Fehlgeschlagen", "Open Preferences": "Einstellungen öffnen",
    # while running
    "Starting the Worker": "Rechenprozess startet", "Reading the Scene": "Szene wird gelesen", "Preparing": "Vorbereiten",
    "Looking for Places": "Plätze suchen", "Searching": "Suchen", "Polishing": "Verfeinern", "Settling": "Ablegen",
    "Checking": "Prüfen", "Finishing": "Abschließen", "Downloading": "Herunterladen", "Stopping the Search": "Suche endet",
    "Stopping the Worker": "Rechenprozess endet",
    # candidates and history
    "Apply Candidate": "Vorschlag anwenden", "Next Candidate": "Nächster Vorschlag", "Compare with Start": "Mit Start vergleichen",
    "Keep as Duplicate": "Als Duplikat behalten", "Compare": "Vergleichen", "Duplicate": "Duplizieren",
    "Keyframe": "Keyframe", "Insert Keyframe": "Keyframe einfügen", "Accept": "Übernehmen",
    "The Start Is Shown": "Der Start ist zu sehen", "History": "Verlauf", "Nothing Was Placed Yet": "Noch nichts platziert",
    "Reapply": "Wieder anwenden", "Run Again": "Erneut ausführen", "Remove from History": "Aus dem Verlauf entfernen",
    "Clear History": "Verlauf leeren",
    # what was understood and what holds
    "On": "Auf", "Above": "Über", "Below": "Unter", "Hanging from": "Hängt an", "Left of": "Links von", "Right of": "Rechts von",
    "In Front of": "Vor", "Behind": "Hinter", "Next to": "Neben", "Near": "Nahe", "Far from": "Weit weg von",
    "Attached to": "Befestigt an", "Leaning on": "Lehnt an", "Between": "Zwischen", "Inside": "In",
    "In the Corner of": "In der Ecke von", "In the Middle of": "In der Mitte von", "At the Edge of": "Am Rand von",
    "Facing": "Blickt zu", "Facing Away from": "Abgewandt von", "Size": "Größe", "Lying": "Lage", "Floating": "Schwebt",
    "Not Understood": "Nicht verstanden", "No place was understood": "Kein Ort verstanden", "Contact": "Kontakt",
    "Collision": "Kollision", "No Collision": "Keine Kollision", "Visible": "Sichtbar", "Inside the Room": "Im Raum",
    # troubles and remedies
    "No Runtime Installed": "Keine Laufzeitumgebung installiert", "Not Enough Memory": "Zu wenig Speicher",
    "Not Enough Graphics Memory": "Zu wenig Grafikspeicher", "No Picture Model": "Kein Bildmodell",
    "No Pose Holds": "Keine Lage erfüllt alles", "The Worker Ended": "Der Rechenprozess endete",
    "The Worker Crashed": "Der Rechenprozess stürzte ab", "The Worker Does Not Answer": "Der Rechenprozess antwortet nicht",
    "Versions Do Not Match": "Die Versionen passen nicht zusammen", "Something Went Wrong": "Etwas ging schief",
    "Install Runtime": "Laufzeitumgebung installieren",
    "Repair Runtime": "Laufzeitumgebung reparieren", "Download Model": "Modell herunterladen",
    "Use Built-In Model": "Eingebautes Modell nehmen", "Place Without": "Ohne platzieren",
    "Make Smaller": "Kleiner rechnen", "Use the CPU": "Prozessor nehmen",
    "Reset Settings": "Einstellungen zurücksetzen",
    "Placing needs PyTorch, which runs beside Blender and is installed once":
        "Das Platzieren braucht PyTorch; es läuft neben Blender und wird einmal installiert",
}  # fmt: skip
"""English -> German."""
