"""A material of the bundle as Blender nodes."""

from __future__ import annotations

from typing import Any

EXTENSIONS = {"repeat": "REPEAT", "clamp": "EXTEND", "mirror": "MIRROR"}


def build_material(
    bpy: Any, entry: dict[str, Any], images: list[Any], textures: list[dict[str, Any]], coloured: bool
) -> Any:
    """Returns a new material: base colour times picture times, if ``coloured``, the mesh's colours."""
    material = bpy.data.materials.new(str(entry.get("name", "default")))
    if not material.use_nodes:
        material.use_nodes = True
    material.use_backface_culling = not entry.get("double_sided", True)
    tree = material.node_tree
    shader = next(n for n in tree.nodes if n.type == "BSDF_PRINCIPLED")
    red, green, blue, alpha = entry.get("base_colour", (0.8, 0.8, 0.8, 1.0))
    material.diffuse_color = (red, green, blue, alpha)
    shader.inputs["Metallic"].default_value = entry.get("metallic", 0.0)
    shader.inputs["Roughness"].default_value = entry.get("roughness", 0.5)
    shader.inputs["Alpha"].default_value = alpha
    number, picture = entry.get("texture"), None
    factors: list[Any] = []
    if number is not None:
        picture = tree.nodes.new("ShaderNodeTexImage")
        picture.image = images[number]
        picture.interpolation = "Closest" if textures[number].get("nearest") else "Linear"
        picture.extension = EXTENSIONS[textures[number]["wrap"][0]]
        factors.append(picture.outputs["Color"])
        if entry.get("alpha_mode", "OPAQUE") != "OPAQUE":
            tree.links.new(picture.outputs["Alpha"], shader.inputs["Alpha"])
    if coloured:
        attribute = tree.nodes.new("ShaderNodeVertexColor")
        attribute.layer_name = "Color"
        factors.append(attribute.outputs["Color"])
    colour = _product(tree, factors, (red, green, blue, 1.0))
    target = shader.inputs["Base Color"]
    if entry.get("unlit"):
        glow = tree.nodes.new("ShaderNodeEmission")
        output = next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL")
        tree.links.new(glow.outputs["Emission"], output.inputs["Surface"])
        target = glow.inputs["Color"]
    if colour is None:
        target.default_value = (red, green, blue, 1.0)
    else:
        tree.links.new(colour, target)
    emissive = entry.get("emissive", (0.0, 0.0, 0.0))
    peak = max(emissive)
    if peak > 0:
        shader.inputs["Emission Color"].default_value = (*(c / peak for c in emissive), 1.0)
        shader.inputs["Emission Strength"].default_value = peak
    if entry.get("alpha_mode") == "BLEND" and hasattr(material, "surface_render_method"):
        material.surface_render_method = "BLENDED"
    return material


def _product(tree: Any, factors: list[Any], constant: tuple[float, float, float, float]) -> Any:
    """The socket that holds the product of the factors and the constant; None when there is no factor."""
    if not factors:
        return None
    product = factors[0]
    rest: list[Any] = [*factors[1:], *([constant] if constant[:3] != (1.0, 1.0, 1.0) else [])]
    for factor in rest:
        node = tree.nodes.new("ShaderNodeMix")
        node.data_type, node.blend_type = "RGBA", "MULTIPLY"
        node.inputs[0].default_value = 1.0
        tree.links.new(product, node.inputs[6])
        if isinstance(factor, tuple):
            node.inputs[7].default_value = factor
        else:
            tree.links.new(factor, node.inputs[7])
        product = node.outputs[2]
    return product
